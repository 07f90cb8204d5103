#include "figure/paint.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::ElementsAre;

template <class T>
Picture<T> row(std::vector<T> values) {
  Picture<T> picture(1, static_cast<Index>(values.size()));
  picture.values = std::move(values);
  return picture;
}

TEST(Paint, GrayIsScaledAndClamped) {
  const auto picture = row<float>({-1, 0, 1, 2, 9});
  EXPECT_THAT(as_gray(picture.stack(), 0, 2).values,
              ElementsAre(0, 0, 128, 255, 255, 0, 0, 128, 255, 255, 0, 0, 128, 255, 255));
}

TEST(Paint, ThreeChannelsAreRedGreenAndBlue) {
  Picture<float> picture(3, 1, 1);
  picture.values = {0, 0.2f, 1};
  EXPECT_THAT(as_gray(picture.stack()).values, ElementsAre(0, 51, 255));
}

TEST(Paint, GrayRangeLeavesOutliersOut) {
  Picture<float> picture(1, 1000);
  for (size_t i = 0; i < 1000; ++i) picture.values[i] = static_cast<float>(i);
  picture.values[7] = 1e9f;
  const auto [low, high] = gray_range(picture.stack());
  EXPECT_NEAR(low, 5, 0.01);
  EXPECT_NEAR(high, 995, 0.01);
}

TEST(Paint, GrayRangeOfAFlatImageIsNotEmpty) {
  const auto picture = row<float>({3, 3});
  EXPECT_EQ(gray_range(picture.stack()), std::pair(3.0f, 4.0f));
}

TEST(Paint, OneForegroundClassIsWhite) {
  const auto label = row<std::uint8_t>({0, 1});
  EXPECT_THAT(as_classes(label.plane(), 2).values, ElementsAre(0, 255, 0, 255, 0, 255));
}

TEST(Paint, NeighbouringSegmentsDiffer) {
  Picture<std::uint32_t> ids(1, 60);
  for (size_t i = 0; i < 60; ++i) ids.values[i] = static_cast<std::uint32_t>(i);
  const auto picture = as_segments(ids.plane());
  for (Index x = 1; x < 60; ++x) {
    int difference = 0;
    for (Index c = 0; c < 3; ++c) {
      difference += std::abs(picture.plane(c)(0, x) - picture.plane(c)(0, x - 1));
    }
    EXPECT_GT(difference, 60) << x;
  }
}

TEST(Paint, TintMixesWhereTheMaskIs) {
  ColourPicture picture(3, 1, 2);
  std::fill(picture.values.begin(), picture.values.end(), 100);
  tint(picture, row<std::uint8_t>({0, 1}).plane(), {200, 100, 0}, 0.5);
  EXPECT_THAT(picture.values, ElementsAre(100, 150, 100, 100, 100, 50));
}

TEST(Paint, InGrayTakesTheGrayRange) {
  EXPECT_THAT(in_gray(row<float>({2, 4}).stack()).values, testing::SizeIs(6));
  EXPECT_EQ(in_gray(row<float>({2, 4}).stack()).values[0], 0);
  EXPECT_EQ(in_gray(row<float>({2, 4}).stack()).values[1], 255);
}

TEST(Paint, PartsAreCutFromAllChannels) {
  Picture<float> picture(2, 2, 3);
  for (size_t i = 0; i < 12; ++i) picture.values[i] = static_cast<float>(i);
  EXPECT_THAT(part(picture, 1, 1, 1, 2).values, ElementsAre(4, 5, 10, 11));
}

TEST(Paint, ReducedPixelsAreMeans) {
  Picture<float> picture(2, 5);
  picture.values = {1, 2, 5, 5, 9,  //
                    3, 4, 5, 9, 9};
  EXPECT_THAT(reduced(picture, 2).values, ElementsAre(2.5f, 6.0f));
}

TEST(Outline, IsTheInnerEdge) {
  ColourPicture picture(3, 4, 4);
  Picture<std::uint8_t> mask(4, 4);
  for (Index y = 0; y < 4; ++y) {
    for (Index x = 0; x < 3; ++x) mask.plane()(y, x) = 1;
  }
  outline(picture, mask.plane(), colour::kWhite);
  EXPECT_EQ(picture.plane(0)(1, 2), 255);  // background is right of it
  EXPECT_EQ(picture.plane(0)(1, 1), 0);
  EXPECT_EQ(picture.plane(0)(0, 0), 0);  // the image's edge is not the mask's
  EXPECT_EQ(picture.plane(0)(1, 3), 0);
}

TEST(SideBySide, HasAGapBetweenTwo) {
  const auto row = side_by_side({ColourPicture(3, 4, 2), ColourPicture(3, 4, 3)});
  EXPECT_EQ(row.width, 6);
  EXPECT_EQ(row.plane(1)(0, 1), 0);
  EXPECT_EQ(row.plane(1)(0, 2), 165);
  EXPECT_EQ(row.plane(1)(0, 3), 0);
}

}  // namespace
}  // namespace unetflow
