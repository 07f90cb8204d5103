#include "metrics/evaluate.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

#include "core/config.hpp"
#include "core/error.hpp"
#include "pictures.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;

PredictedPicture picture_of(const std::vector<std::string>& label,
                            const std::vector<std::string>& prediction, std::int64_t index = 0) {
  PredictedPicture picture;
  picture.name = std::to_string(index);
  picture.index = index;
  picture.label = mask_of(label);
  picture.foreground = probability_of(prediction);
  return picture;
}

std::vector<PictureMeasures> measure(const std::vector<PredictedPicture>& pictures,
                                     int threads = 1) {
  return measure_pictures(
      pictures.size(), [&](size_t i) { return pictures[i]; }, true, threads, [] {});
}

MetricResult metric(const std::vector<MetricResult>& results, const std::string& key) {
  for (const auto& result : results) {
    if (result.key == key) return result;
  }
  throw std::runtime_error("no " + key);
}

bool has(const std::vector<MetricResult>& results, const std::string& key) {
  return std::any_of(results.begin(), results.end(),
                     [&](const auto& result) { return result.key == key; });
}

/// One picture found as it is, one whose two cells of 2 x 2 px are merged by a bridge of 1 px.
const std::vector<std::string> kCells = {".....", "##.##", "##.##", "....."};
const std::vector<std::string> kMerged = {".....", "#####", "##.##", "....."};
std::vector<PredictedPicture> two_pictures() {
  return {picture_of(kCells, kCells, 4), picture_of(kCells, kMerged, 7)};
}

TEST(Evaluate, PoolsPicturesAsEachMetricSays) {
  const auto results = summarise({}, measure(two_pictures()));
  // Merged and thinned, the second is one segment: A = 16 + 16, B = 64, AB = 32.
  EXPECT_DOUBLE_EQ(metric(results, "v_rand").value, (1 + 64.0 / 96) / 2);
  // One segment has no entropy, so its V_info is 0.
  EXPECT_DOUBLE_EQ(metric(results, "v_info").value, 0.5);
  // Pairs of both pictures: tp = 32 + 32, fp = 32, fn = 0.
  EXPECT_DOUBLE_EQ(metric(results, "rand_error").value, 1 - 2 * (2.0 / 3) / (2.0 / 3 + 1));
  // 16 pixels found, one mistaken.
  EXPECT_DOUBLE_EQ(metric(results, "pixel_error").value, 1 - 2 * (16.0 / 17) / (16.0 / 17 + 1));
  EXPECT_DOUBLE_EQ(metric(results, "pixel_disagreement").value, 1.0 / 40);
  EXPECT_DOUBLE_EQ(metric(results, "warping_error").value, 1.0 / 40);
  // Four cells: 1, 1, 4/9, 4/9.
  EXPECT_DOUBLE_EQ(metric(results, "seg").value, (2 + 8.0 / 9) / 4);
  EXPECT_DOUBLE_EQ(metric(results, "iou").value, 16.0 / 17);
  EXPECT_DOUBLE_EQ(metric(results, "dice").value, 32.0 / 33);
}

TEST(Evaluate, GivesEachPictureByItself) {
  const auto results = summarise({}, measure(two_pictures()));
  EXPECT_THAT(metric(results, "v_rand").pictures, ElementsAre(1, 64.0 / 96));
  EXPECT_THAT(metric(results, "warping_error").pictures, ElementsAre(0, 1.0 / 20));
}

TEST(Evaluate, TakesTheFirstOfTheBestThresholds) {
  // 0.1f lies above the threshold 0.1, so 0.2 is the first at which 1 and 0.1 part.
  const auto result = metric(summarise({}, measure({picture_of(kCells, kCells)})), "v_rand");
  EXPECT_EQ(*result.threshold, 0.2);
  ASSERT_EQ(result.curve.size(), 11u);
  EXPECT_DOUBLE_EQ(result.curve[1], 64.0 / 96);  // one segment
  EXPECT_EQ(result.curve[2], 1);
  EXPECT_EQ(result.curve[10], 1);
}

TEST(Evaluate, HasTenThresholdsForTheWarpingErrorAndNoneForIoU) {
  const auto results = summarise({}, measure({picture_of(kCells, kCells)}));
  EXPECT_EQ(metric(results, "warping_error").curve.size(), 10u);
  EXPECT_TRUE(metric(results, "iou").curve.empty());
  EXPECT_FALSE(metric(results, "iou").threshold.has_value());
}

TEST(Evaluate, GivesIntervalsOfTwoPicturesOrMore) {
  const auto one = summarise({}, measure({picture_of(kCells, kCells)}));
  EXPECT_FALSE(metric(one, "v_rand").interval.has_value());
  const auto two = summarise({}, measure(two_pictures()));
  EXPECT_THAT(*metric(two, "v_rand").interval, ElementsAre(64.0 / 96, 1));
}

TEST(Evaluate, LeavesOutWhatDoesNotApply) {
  EvaluateConfig config;
  config.warping = false;
  const auto results = summarise(config, measure({picture_of({"...."}, {"..#."})}));
  EXPECT_FALSE(has(results, "warping_error"));
  EXPECT_FALSE(has(results, "seg"));  // no reference object
  EXPECT_TRUE(summarise({}, {}).empty());
}

TEST(Evaluate, ScoresAnEmptyLabelAsThePageOfDefinitionsDoes) {
  const auto results = summarise({}, measure({picture_of({"...", "..."}, {"...", "..."})}));
  EXPECT_EQ(metric(results, "v_rand").value, 0);
  EXPECT_EQ(metric(results, "v_info").value, 0);
  EXPECT_EQ(metric(results, "rand_error").value, 0);
  EXPECT_EQ(metric(results, "pixel_error").value, 0);
  EXPECT_EQ(metric(results, "warping_error").value, 0);
}

TEST(Evaluate, ScoresAFullPictureThatWasFound) {
  const auto results = summarise({}, measure({picture_of({"###", "###"}, {"###", "###"})}));
  EXPECT_EQ(metric(results, "v_rand").value, 1);
  EXPECT_EQ(metric(results, "v_info").value, 0);  // one cell has no entropy
  EXPECT_EQ(metric(results, "rand_error").value, 0);
  EXPECT_EQ(metric(results, "pixel_error").value, 0);
  EXPECT_EQ(metric(results, "seg").value, 1);
}

TEST(Evaluate, TakesInstancesAsReferenceObjectsOfSeg) {
  // Two touching cells, found as one: 2/4 each; as components they are one cell, found.
  auto picture = picture_of({"####"}, {"####"});
  EXPECT_EQ(metric(summarise({}, measure({picture})), "seg").value, 1);
  picture.instances = ids_of({"5599"});
  EXPECT_DOUBLE_EQ(metric(summarise({}, measure({picture})), "seg").value, 0.5);
}

TEST(Evaluate, AveragesIoUOverClasses) {
  auto picture = picture_of({"####.."}, {"####.."});
  picture.class_count = 3;
  picture.label = Picture<std::uint8_t>(1, 6);
  picture.classes = picture.label;
  picture.label.values = {1, 1, 2, 2, 0, 0};
  picture.classes.values = {1, 2, 2, 2, 0, 0};
  const auto measures = measure({picture});
  const auto classes = class_counts(measures);
  ASSERT_EQ(classes.size(), 2u);
  EXPECT_DOUBLE_EQ(classes[0].iou(), 1.0 / 2);
  EXPECT_DOUBLE_EQ(classes[1].iou(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(metric(summarise({}, measures), "iou").value, 7.0 / 12);
}

TEST(Evaluate, HangsNotOnThreads) {
  std::vector<PredictedPicture> pictures;
  for (std::uint64_t number = 0; number < 9; ++number) {
    PredictedPicture picture;
    picture.label = above(random_probability(31, 33, number), 0.5);
    picture.foreground = random_probability(31, 33, number + 100);
    pictures.push_back(std::move(picture));
  }
  const auto one = summarise({}, measure(pictures, 1)), four = summarise({}, measure(pictures, 4));
  ASSERT_EQ(one.size(), four.size());
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].value, four[i].value);
    EXPECT_EQ(one[i].curve, four[i].curve);
    EXPECT_EQ(one[i].interval, four[i].interval);
  }
}

TEST(Evaluate, PassesOnWhatReadingThrows) {
  const auto fail = [](size_t) -> PredictedPicture { throw InputError("P.tif page 3", "is odd"); };
  EXPECT_THROW(measure_pictures(5, fail, true, 2, [] {}), InputError);
}

}  // namespace
}  // namespace unetflow
