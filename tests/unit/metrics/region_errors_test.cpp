#include "metrics/region_errors.hpp"

#include <gmock/gmock.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

TEST(RegionErrors, AreTheFractionsOfWrongPixelsSquareBySquare) {
  const auto label = mask_of({"####.", "####.", "..##.", "....."});
  const auto mask = mask_of({"###..", "####.", "####.", "..##."});
  const auto regions = region_errors(label.plane(), mask.plane(), 2);
  ASSERT_EQ(regions.size(), 4u);  // the last column is left over
  EXPECT_EQ(regions[0].error, 0);
  EXPECT_EQ(regions[1].error, 0.25);
  EXPECT_EQ(regions[2].error, 0.5);
  EXPECT_EQ(regions[2].y, 2);
  EXPECT_EQ(regions[2].x, 0);
  EXPECT_EQ(regions[3].error, 0.5);
}

TEST(RegionErrors, TakeAllClassesAsForeground) {
  auto label = mask_of({"##", "##"});
  label.values[3] = 2;
  EXPECT_EQ(region_errors(label.plane(), mask_of({"##", "##"}).plane(), 2).at(0).error, 0);
}

TEST(RegionErrors, LeaveOutWhatIsNotAnnotated) {
  auto label = mask_of({"##..", "##.."});
  label.values[1] = label.values[2] = label.values[3] = label.values[6] = label.values[7] =
      kIgnored;
  const auto regions = region_errors(label.plane(), mask_of({"#...", ".#.."}).plane(), 2);
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_DOUBLE_EQ(regions[0].error, 1.0 / 3);
}

TEST(RegionErrors, SayWhereThereIsForeground) {
  const auto regions =
      region_errors(mask_of({"#...", "...."}).plane(), mask_of({"....", "...."}).plane(), 2);
  EXPECT_TRUE(regions.at(0).foreground);
  EXPECT_FALSE(regions.at(1).foreground);
}

}  // namespace
}  // namespace unetflow
