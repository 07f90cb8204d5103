#include "ingest/look_alikes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace unetflow {
namespace {

TEST(Repeated, NamesTheFirstOfEqualValues) {
  Repeated repeated;
  const std::array a = {1.0F, 2.0F}, b = {1.0F, 2.5F};
  EXPECT_EQ(repeated.earlier(a.data(), sizeof a, "a"), nullptr);
  EXPECT_EQ(repeated.earlier(b.data(), sizeof b, "b"), nullptr);
  EXPECT_EQ(*repeated.earlier(a.data(), sizeof a, "c"), "a");
}

/// A cell at x = `at` in uneven light, which all images have in common.
Picture<float> image(double at) {
  Picture<float> out(64, 64);
  for (Index y = 0; y < 64; ++y) {
    for (Index x = 0; x < 64; ++x) {
      const double v = static_cast<double>(y) - 32, u = static_cast<double>(x) - at;
      out.plane()(y, x) = static_cast<float>(5 - v * v / 1024 + std::exp(-(v * v + u * u) / 32));
    }
  }
  return out;
}

double of_neighbours(const std::vector<double>& places) {
  Resemblance resemblance;
  for (const double at : places) resemblance.add(image(at));
  return resemblance.of_neighbours();
}

TEST(Resemblance, IsThatOfFramesOfAMovieNotOfWhatAllHaveInCommon) {
  EXPECT_GT(of_neighbours({10, 12, 14, 16, 18, 20, 22, 24, 26, 28}), 0.5);
  EXPECT_LT(of_neighbours({10, 40, 20, 50, 30, 12, 44, 24, 54, 34}), 0.1);
  EXPECT_EQ(of_neighbours({10, 10, 10}), 0);  // too few to tell
}

}  // namespace
}  // namespace unetflow
