// What the tests of the stream share.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "flow/batch.hpp"

namespace unetflow {

/// Copies of all batches up to the end.
inline std::vector<Batch> collect(BatchSource& stream) {
  std::vector<Batch> batches;
  while (const Batch* batch = stream.next()) batches.push_back(*batch);
  return batches;
}

inline void expect_equal(const Batch& a, const Batch& b) {
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.first, b.first);
  EXPECT_EQ(a.samples, b.samples);
  // Not by EXPECT_EQ, which would print every pixel.
  EXPECT_TRUE(a.input == b.input) << "batch at " << a.first;
  EXPECT_TRUE(a.label == b.label) << "batch at " << a.first;
  EXPECT_TRUE(a.weight == b.weight) << "batch at " << a.first;
}

inline void expect_equal(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) expect_equal(a[i], b[i]);
}

}  // namespace unetflow
