#include "figure/result_figures.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

/// A picture [4, 4] with foreground everywhere and the given pixels predicted as background.
Result result(std::string name, const std::vector<size_t>& wrong) {
  Result made{std::move(name), {4, 4}, {4, 4}, {4, 4}, 0.5};
  std::fill(made.label.values.begin(), made.label.values.end(), 1);
  std::fill(made.foreground.values.begin(), made.foreground.values.end(), 0.9f);
  for (const size_t i : wrong) made.foreground.values[i] = 0.5f;  // not above the threshold
  return made;
}

TEST(RankedRegions, AreTheSquaresByTheirShareOfWrongPixels) {
  const auto regions = ranked_regions({result("a", {0}), result("b", {10, 11, 15})}, 2);
  ASSERT_EQ(regions.size(), 8u);
  EXPECT_EQ(regions[0].result, 1u);
  EXPECT_EQ(regions[0].y, 2);
  EXPECT_EQ(regions[0].x, 2);
  EXPECT_EQ(regions[0].error, 0.75);
  EXPECT_EQ(regions[1].result, 0u);
  EXPECT_EQ(regions[1].error, 0.25);
  EXPECT_EQ(regions[2].error, 0);
}

TEST(RegionsFigure, ColoursWhatIsMissedOrange) {
  const auto figure = regions_figure({result("a", {0})}, 2);
  const auto& picture = figure.panels.at(0).picture;
  EXPECT_EQ(figure.panels[0].title, "Picture a, 25.0 % wrong");
  EXPECT_GT(picture.plane(0)(0, 0), 200);
  EXPECT_LT(picture.plane(2)(0, 0), 60);
  EXPECT_EQ(picture.plane(0)(1, 1), picture.plane(2)(1, 1));  // right, so gray
}

/// A row of pixels, each id ten times.
Picture<std::uint32_t> tens(const std::vector<std::uint32_t>& ids) {
  Picture<std::uint32_t> row(1, 10 * static_cast<Index>(ids.size()));
  for (size_t i = 0; i < row.values.size(); ++i) row.values[i] = ids[i / 10];
  return row;
}

TEST(SplitsAndMerges, ACellInTwoSegmentsIsSplit) {
  const auto found = splits_and_merges(tens({1, 1, 1, 0}).plane(), tens({5, 0, 6, 6}).plane());
  EXPECT_EQ(found.splits, 1);
  EXPECT_EQ(found.merges, 0);
  EXPECT_EQ(found.split.values[15], 1);  // all of the cell
  EXPECT_EQ(found.split.values[35], 0);
}

TEST(SplitsAndMerges, ASegmentOfTwoCellsIsMerged) {
  const auto found =
      splits_and_merges(tens({1, 1, 0, 2, 2}).plane(), tens({3, 3, 3, 3, 3}).plane());
  EXPECT_EQ(found.splits, 0);
  EXPECT_EQ(found.merges, 1);
  EXPECT_EQ(found.merged.values[25], 1);  // all of the segment
}

TEST(SplitsAndMerges, LessThanATenthAndSpecksDoNotCount) {
  auto segments = tens({5, 5, 5});
  segments.values[0] = segments.values[1] = 6;  // 2 of 30 px
  EXPECT_EQ(splits_and_merges(tens({1, 1, 1}).plane(), segments.plane()).splits, 0);
  EXPECT_EQ(splits_and_merges(tens({1, 2, 2}).plane(), tens({5, 5, 5}).plane()).merges, 0);
}

TEST(CurvesFigure, KeepsScoresErrorsAndWarpingApart) {
  const auto figure = curves_figure({{"v_rand", {{0, 0.5}, {0.1, 0.6}}},
                                     {"pixel_error", {{0, 0.5}, {0.1, 0.4}}},
                                     {"warping_error", {{0, 0.01}, {0.1, 0.02}}}});
  ASSERT_EQ(figure.panels.size(), 3u);
  EXPECT_EQ(figure.panels[0].lines.at(0).label, "V_rand");
  EXPECT_EQ(figure.panels[1].lines.at(0).label, "pixel error");
  EXPECT_EQ(figure.panels[2].lines.at(0).points.at(1), (std::array{0.1, 0.02}));
}

TEST(ResultsFigure, HasFourPanelsAPictureAndThreeWithoutLabel) {
  auto unlabelled = result("a", {});
  unlabelled.label = {};
  EXPECT_EQ(results_figure({result("a", {}), result("b", {})}, 2).panels.size(), 8u);
  EXPECT_EQ(results_figure({unlabelled}, 2).panels.size(), 3u);
}

}  // namespace
}  // namespace unetflow
