#include "figure/result_figures.hpp"

#include <gmock/gmock.h>

#include <array>

#include "figure/paint.hpp"

namespace unetflow {
namespace {

/// An image [4, 4] with foreground everywhere and the given pixels predicted as background.
Result result(std::string name, const std::vector<size_t>& wrong) {
  Result made{std::move(name), {4, 4}, {4, 4}, {}, {4, 4}, 0.5, {}};
  std::fill(made.label.values.begin(), made.label.values.end(), 1);
  std::fill(made.foreground.values.begin(), made.foreground.values.end(), 0.9f);
  for (const size_t i : wrong) made.foreground.values[i] = 0.5f;  // not above the threshold
  return made;
}

TEST(RegionsFigure, ShowsTheMostWrongFirst) {
  const auto figure = regions_figure({result("a", {0}), result("b", {10, 11, 15})}, 2);
  ASSERT_EQ(figure.panels.size(), 8u);
  EXPECT_EQ(figure.panels[0].title, "Image b, 75.0 % wrong");
  EXPECT_EQ(figure.panels[0].y, 2);
  EXPECT_EQ(figure.panels[0].x, 2);
  EXPECT_EQ(figure.panels[1].title, "Image a, 25.0 % wrong");
  EXPECT_EQ(figure.panels[2].title, "Image a, 0.0 % wrong");
}

TEST(RegionsFigure, ColoursWhatIsMissedOrange) {
  const auto figure = regions_figure({result("a", {0})}, 2);
  const auto& picture = figure.panels.at(0).picture;
  EXPECT_EQ(figure.panels[0].title, "Image a, 25.0 % wrong");
  EXPECT_GT(picture.plane(0)(0, 0), 200);
  EXPECT_LT(picture.plane(2)(0, 0), 60);
  EXPECT_EQ(picture.plane(0)(1, 1), picture.plane(2)(1, 1));  // not wrong, so gray
}

TEST(RegionsFigure, HasNoEmptyBackgroundAmongTheBest) {
  // Only the first region has anything in it.
  Result made{"a", {4, 12}, {4, 12}, {}, {4, 12}, 0.5, {}};
  made.label.values[0] = 1;
  made.foreground.values[0] = 0.9f;
  const auto figure = regions_figure({made}, 2);
  ASSERT_EQ(figure.panels.size(), 4u);  // the worst, of which three are right and empty
}

TEST(RegionsFigure, JudgesObjectsByTheSegments) {
  auto made = result("a", {});
  made.objects = true;
  made.segments = Picture<std::uint32_t>(4, 4);
  EXPECT_EQ(regions_figure({made}, 4).panels.at(0).title, "Image a, 100.0 % wrong");
}

TEST(RegionsFigure, LeavesOutWhatIsNotAnnotated) {
  auto made = result("a", {0});
  made.label.values[0] = kIgnored;
  const auto figure = regions_figure({made}, 4);
  EXPECT_EQ(figure.panels.at(0).title, "Image a, 0.0 % wrong");
  EXPECT_THAT(figure.caption, testing::HasSubstr("Purple: not annotated."));
}

TEST(ReliabilityFigure, HasAPointForEachBinWithPixels) {
  Picture<std::uint8_t> label(1, 4);
  Picture<float> foreground(1, 4);
  label.values = {1, 0, 0, 0};
  foreground.values = {0.75f, 0.75f, 0.0f, 0.0f};
  Reliability reliability;
  reliability.add(label.plane(), foreground.plane());
  const auto figure = reliability_figure(reliability);
  EXPECT_THAT(figure.panels.at(0).lines.at(1).points,
              testing::ElementsAre(std::array{0., 0.}, std::array{0.75, 0.5}));
  EXPECT_THAT(figure.caption, testing::HasSubstr("all 4 annotated pixels: 0.1250"));
}

TEST(CurvesFigure, HasOnePanelForEachDirectionAndOrderOfMagnitude) {
  const auto figure = curves_figure({{"v_rand", {{0, 0.5}, {0.1, 0.6}}},
                                     {"v_info", {{0, 0.5}, {0.1, 0.6}}},
                                     {"pixel_error", {{0, 0.5}, {0.1, 0.4}}},
                                     {"warping_error", {{0, 0.01}, {0.1, 0.02}}}});
  ASSERT_EQ(figure.panels.size(), 3u);
  EXPECT_EQ(figure.panels[0].title, "Scores (larger is better)");
  EXPECT_EQ(figure.panels[0].lines.at(0).label, "V_rand");
  EXPECT_NE(figure.panels[0].lines.at(0).colour, figure.panels[0].lines.at(1).colour);
  EXPECT_EQ(figure.panels[1].title, "Pixel error (smaller is better)");
  EXPECT_EQ(figure.panels[2].title, "Warping error (smaller is better)");
  EXPECT_EQ(figure.panels[2].lines.at(0).points.at(1), (std::array{0.1, 0.02}));
}

TEST(CurvesFigure, LeavesOutThresholdsWithoutAValue) {
  const auto figure = curves_figure({{"hausdorff95", {{0, 2}, {0.1, 3}, {0.2, nullptr}}}});
  EXPECT_EQ(figure.panels.at(0).lines.at(0).points.size(), 2u);
}

TEST(ResultsFigure, HasFourPanelsPerImageAndThreeWithoutLabel) {
  auto unlabelled = result("a", {});
  unlabelled.label = {};
  EXPECT_EQ(results_figure({result("a", {}), result("b", {})}, 2).panels.size(), 8u);
  EXPECT_EQ(results_figure({unlabelled}, 2).panels.size(), 3u);
}

TEST(ResultsFigure, ShowsTheSegmentsThatAreDelivered) {
  auto delivered = result("a", {});
  const auto computed = results_figure({delivered}, 2);
  delivered.segments = Picture<std::uint32_t>(4, 4);
  delivered.segments.values[5] = 2;
  const auto figure = results_figure({delivered}, 2);
  EXPECT_NE(figure.panels[3].picture.values, computed.panels[3].picture.values);
  EXPECT_THAT(figure.caption, testing::HasSubstr("that are delivered"));
}

TEST(ResultsFigure, DrawsACellInOneColour) {
  auto made = result("a", {});
  made.segments = made.instances = Picture<std::uint32_t>(4, 4);
  const auto fill = [](Picture<std::uint32_t>& ids, size_t row, std::uint32_t id) {
    std::fill_n(ids.values.begin() + static_cast<std::ptrdiff_t>(4 * row), 4, id);
  };
  fill(made.instances, 0, 3), fill(made.instances, 1, 3), fill(made.instances, 3, 5);
  fill(made.segments, 0, 1), fill(made.segments, 2, 2), fill(made.segments, 3, 4);
  const auto figure = results_figure({made}, 2);
  const auto& label = figure.panels.at(1).picture;
  const auto& segments = figure.panels.at(3).picture;
  const auto colour = [](const ColourPicture& picture, Index y) {
    return std::array{picture.plane(0)(y, 0), picture.plane(1)(y, 0), picture.plane(2)(y, 0)};
  };
  EXPECT_EQ(colour(segments, 0), colour(label, 0));
  EXPECT_EQ(colour(segments, 3), colour(label, 3));
  EXPECT_NE(colour(segments, 2), colour(label, 0));  // of no cell
  EXPECT_THAT(figure.caption, testing::HasSubstr("which is that of the label's cell"));
}

TEST(ResultsFigure, SaysWhichChannelsAreShown) {
  auto made = result("a", {});
  made.image = Picture<float>(2, 4, 4);
  EXPECT_THAT(results_figure({made}, 2).caption,
              testing::HasSubstr("Of 2 channels the first is shown."));
}

TEST(SplitsFigure, TakesAnnotatedCells) {
  // Two cells of 20 px that touch, found as one.
  Result made{"a", {4, 10}, {4, 10}, {4, 10}, {4, 10}, 0.5, {4, 10}};
  std::fill(made.label.values.begin(), made.label.values.end(), 1);
  std::fill(made.segments.values.begin(), made.segments.values.end(), 1);
  for (Index i = 0; i < 40; ++i) made.instances.values[static_cast<size_t>(i)] = i % 10 < 5 ? 1 : 2;
  EXPECT_EQ(splits_figure({made}).panels.at(0).title, "Image a: 0 split, 1 merged");
}

TEST(SplitsFigure, CountsInTheTitle) {
  // A segment in each half of the one cell; 16 px would be too few for the count.
  Result made{"a", {4, 10}, {4, 10}, {}, {4, 10}, 0.5, {4, 10}};
  std::fill(made.label.values.begin(), made.label.values.end(), 1);
  for (Index y = 0; y < 4; ++y) {
    for (Index x = 0; x < 10; ++x) made.segments.plane()(y, x) = x < 5 ? 1 : 2;
  }
  EXPECT_EQ(splits_figure({made}).panels.at(0).title, "Image a: 1 split, 0 merged");
}

}  // namespace
}  // namespace unetflow
