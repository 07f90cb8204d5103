#include "metrics/summary.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <stdexcept>

#include "measured.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;

MetricResult result_of(const Evaluation& evaluation, const std::string& key) {
  if (const auto* found = find_result(evaluation, key)) return *found;
  throw std::runtime_error("there is no result of " + key);
}
double value(const Evaluation& evaluation, const std::string& key) {
  return result_of(evaluation, key).value();
}
std::vector<double> of_images(const MetricResult& result) {
  std::vector<double> values;
  for (const auto& image : result.images) values.push_back(image[result.best]);
  return values;
}

TEST(Summary, PoolsImagesAsEachMetricDefines) {
  const auto all = evaluated(two_pictures());
  // Merged and thinned, the second image is one segment: A = 16 + 16, B = 64, AB = 32.
  EXPECT_DOUBLE_EQ(value(all, "v_rand"), (1 + 64.0 / 96) / 2);
  // One segment has no entropy, so its V_info is 0.
  EXPECT_DOUBLE_EQ(value(all, "v_info"), 0.5);
  // Pairs of both images: tp = 32 + 32, fp = 32, fn = 0.
  EXPECT_DOUBLE_EQ(value(all, "rand_error"), 1 - 2 * (2.0 / 3) / (2.0 / 3 + 1));
  // 16 pixels found, one mistaken.
  EXPECT_DOUBLE_EQ(value(all, "pixel_error"), 1 - 2 * (16.0 / 17) / (16.0 / 17 + 1));
  EXPECT_DOUBLE_EQ(value(all, "pixel_disagreement"), 1.0 / 40);
  EXPECT_DOUBLE_EQ(value(all, "warping_error"), 1.0 / 40);
  // Four cells: 1, 1, 4/9, 4/9.
  EXPECT_DOUBLE_EQ(value(all, "seg"), (2 + 8.0 / 9) / 4);
  EXPECT_DOUBLE_EQ(value(all, "iou"), 16.0 / 17);
  EXPECT_DOUBLE_EQ(value(all, "dice"), 32.0 / 33);
}

TEST(Summary, GivesTheValueOfEachImage) {
  const auto all = evaluated(two_pictures());
  EXPECT_THAT(of_images(result_of(all, "v_rand")), ElementsAre(1, 64.0 / 96));
  EXPECT_THAT(of_images(result_of(all, "warping_error")), ElementsAre(0, 1.0 / 20));
}

TEST(Summary, TakesTheFirstOfTheBestThresholds) {
  // 0.1f is above the threshold 0.1, so 0.2 is the first that separates 1 from 0.1.
  const auto result = result_of(evaluated({picture_of(kCells, kCells)}), "v_rand");
  EXPECT_EQ(*result.threshold(), 0.2);
  ASSERT_EQ(result.curve.size(), 11u);
  EXPECT_DOUBLE_EQ(result.curve[1], 64.0 / 96);  // one segment
  EXPECT_EQ(result.curve[2], 1);
  EXPECT_EQ(result.curve[10], 1);
}

TEST(Summary, HasTenThresholdsForTheWarpingErrorAndNoChoiceForIoU) {
  const auto all = evaluated({picture_of(kCells, kCells)});
  EXPECT_EQ(result_of(all, "warping_error").curve.size(), 10u);
  EXPECT_EQ(result_of(all, "iou").curve.size(), 1u);
  EXPECT_FALSE(result_of(all, "iou").threshold().has_value());
}

TEST(Summary, HasIntervalsWithTwoImagesOrMore) {
  const auto one = evaluated({picture_of(kCells, kCells)});
  EXPECT_FALSE(result_of(one, "v_rand").interval.has_value());
  EXPECT_THAT(*result_of(evaluated(two_pictures()), "v_rand").interval, ElementsAre(64.0 / 96, 1));
}

TEST(Summary, HasNoIntervalsWithoutResamples) {
  EvaluateConfig config;
  config.bootstrap.resamples = 0;
  EXPECT_FALSE(result_of(evaluated(two_pictures(), config), "v_rand").interval.has_value());
}

TEST(Summary, HasNeitherValueNorThresholdWhereNothingIsAnnotated) {
  const auto all = evaluated({picture_of({"...."}, {"..#."})});
  for (const char* key : {"v_rand", "v_info", "rand_error", "pixel_error", "seg", "hausdorff95"}) {
    EXPECT_TRUE(std::isnan(value(all, key))) << key;
    EXPECT_FALSE(result_of(all, key).threshold()) << key;
    EXPECT_EQ(result_of(all, key).left_out(), 1u) << key;
  }
  EXPECT_EQ(value(all, "iou"), 0);
  EXPECT_TRUE(summarise({}, metrics_asked_for({}), {}).empty());
}

TEST(Summary, LeavesAnEmptyImageOutOfTheMean) {
  const auto all = evaluated(
      {picture_of(kCells, kCells), picture_of(kCells, kCells), picture_of({"....."}, {"....."})});
  for (const auto& result : all.metrics) {
    const double perfect = result.metric->larger_is_better ? 1 : 0;
    EXPECT_EQ(result.value(), perfect) << result.metric->key;
  }
}

/// A mean over images, each of which counts {value, 1}, or {0, 0} without a value.
Metric mean_metric(bool larger_is_better) {
  Metric metric;
  metric.key = "mean";
  metric.larger_is_better = larger_is_better;
  metric.last_threshold = 0.1;  // two thresholds
  metric.value = mean_of;
  return metric;
}

TEST(Summary, ThresholdsThatLeaveFewerImagesOutAreBetter) {
  // At the second threshold, the hard image has no value, and the mean would be 1 instead of 5.
  const Metric metric = mean_metric(false);
  const std::vector<PictureMeasures> images = {{"easy", 0, {{{1, 1}, {1, 1}}}, false},
                                               {"hard", 1, {{{9, 1}, {0, 0}}}, false}};
  const auto results = summarise({}, {&metric}, images);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].best, 0u);
  EXPECT_EQ(results[0].value(), 5);
  EXPECT_EQ(results[0].left_out(), 0u);
}

TEST(Summary, CountsImagesThatAreLeftOut) {
  const Metric metric = mean_metric(true);
  const std::vector<PictureMeasures> images = {{"some", 0, {{{1, 1}, {2, 1}}}, false},
                                               {"none", 1, {{{0, 0}, {0, 0}}}, false}};
  const auto results = summarise({}, {&metric}, images);
  EXPECT_EQ(results.at(0).value(), 2);
  EXPECT_EQ(results.at(0).left_out(), 1u);
  EXPECT_TRUE(std::isnan(results.at(0).images[1][1]));
}

TEST(Summary, ScoresAFullImageThatWasFound) {
  const auto all = evaluated({picture_of({"###", "###"}, {"###", "###"})});
  EXPECT_EQ(value(all, "v_rand"), 1);
  EXPECT_TRUE(std::isnan(value(all, "v_info")));  // one cell has no entropy
  EXPECT_EQ(value(all, "rand_error"), 0);
  EXPECT_EQ(value(all, "pixel_error"), 0);
  EXPECT_EQ(value(all, "seg"), 1);
}

}  // namespace
}  // namespace unetflow
