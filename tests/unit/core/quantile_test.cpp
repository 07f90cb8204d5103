#include "core/quantile.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace unetflow {
namespace {

double quantile_of(std::vector<double> values, double fraction) {
  return quantile(std::span(values), fraction);
}

TEST(Quantile, LiesBetweenNeighbours) {
  // Ranks 0, 1, 2, 3: a quarter is at rank 0.75.
  EXPECT_DOUBLE_EQ(quantile_of({40, 10, 30, 20}, 0.25), 17.5);
  EXPECT_EQ(quantile_of({40, 10, 30, 20}, 0.5), 25);
}

TEST(Quantile, OfZeroAndOneIsTheLeastAndTheLargest) {
  EXPECT_EQ(quantile_of({3, 1, 2}, 0), 1);
  EXPECT_EQ(quantile_of({3, 1, 2}, 1), 3);
}

TEST(Quantile, OfOneValueIsThatValue) { EXPECT_EQ(quantile_of({7}, 0.3), 7); }

TEST(Quantile, OfFloatsIsComputedInDoubles) {
  std::vector<float> values = {0, 1};
  EXPECT_EQ(quantile(std::span(values), 0.1), 0.1);
}

}  // namespace
}  // namespace unetflow
