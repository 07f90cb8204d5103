#include "segmentation/grow.hpp"

#include <gmock/gmock.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

Picture<std::uint32_t> grown(const std::vector<std::string>& cells,
                             std::vector<float> probability) {
  auto ids = ids_of(cells);
  grow_over_foreground(ids.plane(), Plane<const float>(probability.data(), ids.height, ids.width),
                       0.5);
  return ids;
}

TEST(Grow, StopsWhereForegroundIsNotProbable) {
  EXPECT_EQ(grown({".1....2"}, {0.4f, 0.9f, 0.6f, 0.5f, 0.5f, 0.6f, 0.9f}).values,
            ids_of({".11..22"}).values);
}

TEST(Grow, MeetsInTheValleyOfTheProbability) {
  EXPECT_EQ(grown({"1.....2"}, {0.9f, 0.8f, 0.8f, 0.8f, 0.6f, 0.7f, 0.9f}).values,
            ids_of({"1111122"}).values);
}

TEST(Grow, TakesEqualProbabilitiesInTheOrderReached) {
  EXPECT_EQ(grown({"1....2"}, std::vector<float>(6, 0.8f)).values, ids_of({"111222"}).values);
}

TEST(Grow, LeavesForegroundThatNoCellReaches) {
  EXPECT_EQ(grown({"1..."}, {0.9f, 0.1f, 0.9f, 0.9f}).values, ids_of({"1..."}).values);
}

}  // namespace
}  // namespace unetflow
