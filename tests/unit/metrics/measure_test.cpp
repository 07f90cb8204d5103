#include "metrics/measure.hpp"

#include <gmock/gmock.h>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(Measure, HasCountsOfEachMetricAtItsThresholds) {
  const Metrics metrics = {&metric_named("warping_error"), &metric_named("iou"),
                           &metric_named("v_rand")};
  const auto measures = measure_picture(metrics, picture_of(kCells, kMerged, 7));
  EXPECT_EQ(measures.name, "7");
  EXPECT_EQ(measures.index, 7);
  ASSERT_EQ(measures.counts.size(), 3u);
  EXPECT_EQ(measures.counts[0].size(), 10u);
  EXPECT_EQ(measures.counts[1].size(), 1u);
  EXPECT_EQ(measures.counts[2].size(), 11u);
  for (const auto& metric : measures.counts) {
    for (const auto& counts : metric) EXPECT_FALSE(counts.empty());
  }
}

TEST(Measure, TakesInstancesAsAnnotatedCells) {
  // Two touching cells, found as one: 2/4 each. As components they are one cell, found.
  auto picture = picture_of({"####"}, {"####"});
  EXPECT_EQ(value_at("seg", picture), 1);
  picture.instances = ids_of({"5599"});
  EXPECT_EQ(value_at("seg", picture), 0.5);
}

/// Cells that were given, with a label of cells that touch.
PredictedPicture cells(const std::vector<std::string>& truth,
                       const std::vector<std::string>& found) {
  PredictedPicture picture;
  picture.instances = ids_of(truth);
  picture.segments = ids_of(found);
  picture.label = Picture<std::uint8_t>(picture.instances.height, picture.instances.width);
  for (size_t i = 0; i < picture.label.values.size(); ++i) {
    picture.label.values[i] = picture.instances.values[i] != 0;
  }
  return picture;
}

double value_of_cells(const std::string& key, const PredictedPicture& picture) {
  const Metric& metric = metric_named(key);
  return value_of(metric, measure_picture({&metric}, picture).counts.at(0).at(0));
}

const std::vector<std::string> kTouching = {"11223", "11223", ".4455"};

TEST(Measure, FindsTouchingCellsEqualToThemselves) {
  for (const auto& metric : all_metrics()) {
    EXPECT_EQ(value_of_cells(metric.key, cells(kTouching, kTouching)),
              metric.larger_is_better ? 1 : 0)
        << metric.key;
  }
}

TEST(Measure, SeesThatTouchingCellsAreMerged) {
  const auto picture = cells(kTouching, {"11113", "11113", ".4455"});
  for (const char* key : {"v_rand", "v_info", "seg", "ap"}) {
    EXPECT_LT(value_of_cells(key, picture), 1) << key;
  }
  EXPECT_GT(value_of_cells("rand_error", picture), 0);
  EXPECT_GT(value_of_cells("warping_error", picture), 0);
  EXPECT_EQ(value_of_cells("iou", picture), 1);
}

TEST(Measure, LeavesOutWhatIsNotAnnotated) {
  // Right where it is annotated, wrong elsewhere.
  auto picture = cells({"11.22...", "11.22..."}, {"11.22333", "11.22333"});
  for (const Index x : {5, 6, 7}) {
    picture.label.plane()(0, x) = picture.label.plane()(1, x) = kIgnored;
  }
  for (const auto& metric : all_metrics()) {
    EXPECT_EQ(value_of_cells(metric.key, picture), metric.larger_is_better ? 1 : 0) << metric.key;
  }
  const Metric& warping = metric_named("warping_error");
  EXPECT_EQ(measure_picture({&warping}, picture).counts[0][0].back(), 10);  // px
  picture.foreground = probability_of({"##.##.##", "##.##.#."});
  picture.segments = {};
  for (const auto& metric : all_metrics()) {
    EXPECT_EQ(value_at(metric.key, picture), metric.larger_is_better ? 1 : 0) << metric.key;
  }
}

TEST(Measure, CountsClassesOfTheMostProbableClass) {
  auto picture = picture_of({"####.."}, {"####.."});
  picture.class_count = 3;
  picture.classes = picture.label;
  picture.label.values = {1, 1, 2, 2, 0, 0};
  picture.classes.values = {1, 2, 2, 2, 1, 2};  // if it were foreground
  EXPECT_THAT(class_values(metric_named("iou"), counts_at("iou", picture)),
              testing::ElementsAre(testing::DoubleEq(1.0 / 2), testing::DoubleEq(2.0 / 3)));
}

}  // namespace
}  // namespace unetflow
