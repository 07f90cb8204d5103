#include <gmock/gmock.h>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(VRand, IsOfTheThinnedSegmentation) {
  // Found with wide borders, the cells grow back to what they were.
  EXPECT_EQ(value_at("v_rand", picture_of({"##.##", "##.##"}, {"#...#", "#...#"})), 1);
}

TEST(VRand, OfMergedCellsCountsThePairsBetweenThem) {
  // A = 16 + 16, B = 64, AB = 32.
  EXPECT_DOUBLE_EQ(value_at("v_rand", picture_of(kCells, kMerged)), 64.0 / 96);
}

}  // namespace
}  // namespace unetflow
