#include "simd/gaussian.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace unetflow {
namespace {

TEST(GaussianHalf, SumsToOneAndFallsAsAGaussian) {
  const auto half = gaussian_half(5, 25);
  ASSERT_EQ(half.size(), 13u);
  double sum = half[0];
  for (std::size_t i = 1; i < half.size(); ++i) sum += 2 * half[i];
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_NEAR(half[10] / half[0], std::exp(-2.0), 1e-6);
}

}  // namespace
}  // namespace unetflow
