#include "metrics/evaluation_output.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "measured.hpp"
#include "metrics/comparison.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Evaluation evaluation(bool warping = true) {
  std::vector<PredictedPicture> pictures = {
      picture_of({".....", "##.##", "....."}, {".....", "##.##", "....."}, 3),
      picture_of({".....", "##.##", "....."}, {".....", "#####", "....."}, 4)};
  pictures[0].name = "one, \"the\" first";
  pictures[1].name = "two";
  EvaluateConfig config;
  config.warping = warping;
  return evaluated(pictures, config);
}

TEST(EvaluationOutput, HasTheFormThatTheReportReads) {
  const Json json = metrics_json(evaluation());
  // V_rand of the merged pair: A = 4 + 4, B = 16, AB = 8.
  EXPECT_DOUBLE_EQ(json["pooled"]["v_rand"]["value"], (1 + 16.0 / 24) / 2);
  EXPECT_EQ(json["pooled"]["v_rand"]["threshold"], 0.2);
  EXPECT_EQ(json["pooled"]["v_rand"]["interval"].size(), 2u);
  EXPECT_EQ(json["pooled"]["warping_error"]["merges"], 1);
  EXPECT_EQ(json["pooled"]["warping_error"]["splits"], 0);
  EXPECT_TRUE(json["pooled"]["iou"]["threshold"].is_null());
  EXPECT_EQ(json["pictures"][1]["name"], "two");
  EXPECT_EQ(json["pictures"][1]["index"], 4);
  EXPECT_DOUBLE_EQ(json["pictures"][1]["v_rand"], 16.0 / 24);
  EXPECT_EQ(json["curves"]["v_rand"].size(), 11u);
  EXPECT_EQ(json["curves"]["v_rand"][5][0], 0.5);
  EXPECT_DOUBLE_EQ(json["curves"]["v_rand"][5][1], (1 + 16.0 / 24) / 2);
  EXPECT_EQ(json["curves"]["warping_error"].size(), 10u);
  EXPECT_EQ(json["classes"][0]["class"], 1);
  EXPECT_DOUBLE_EQ(json["classes"][0]["iou"], 8.0 / 9);
  EXPECT_FALSE(json.contains("comparison"));
}

TEST(EvaluationOutput, SaysHowToShowEachMetric) {
  const Json warping = metrics_json(evaluation())["pooled"]["warping_error"];
  EXPECT_EQ(warping["name"], "Warping error");
  EXPECT_EQ(warping["digits"], 6);
  EXPECT_EQ(warping["larger_is_better"], false);
  EXPECT_EQ(warping["left_out"], 0);
}

TEST(EvaluationOutput, OfNoPicturesSaysSo) {
  EXPECT_EQ(metrics_json({}), Json::parse(R"({"pictures": [], "unlabelled": 0})"));
  EXPECT_EQ(text_table({}, 0.95), "0 images\n");
}

TEST(EvaluationOutput, HasOneRowPerThresholdInCsv) {
  const std::string csv = metrics_csv(evaluation());
  EXPECT_THAT(csv,
              StartsWith("threshold,v_rand,v_info,rand_error,pixel_error,pixel_disagreement,"
                         "warping_error,seg,ap,iou,dice,hausdorff95,splits,merges,hole_additions,"
                         "hole_deletions,object_additions,object_deletions,v_rand_left_out,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 12);
  // No warping error at the last.
  EXPECT_THAT(csv, HasSubstr(",,,,,,,0,0,0,0,0,,0,0,0,0,0\n"));
}

TEST(EvaluationOutput, HasOneRowPerImageAndThresholdInCsv) {
  const std::string csv = pictures_csv(evaluation(false));
  EXPECT_THAT(csv, HasSubstr("\n\"one, \"\"the\"\" first\",3,0.5,1,1,0,0,0,1,1,1,1,0\n"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 23);
}

/// The same images' probabilities and, of the second, the two cells.
Evaluation of_cells_too() {
  auto cells = two_pictures();
  for (auto& picture : cells) {
    picture.segments = ids_of({".....", "11.22", "11.22", "....."});
    picture.foreground = {};
  }
  return joined(evaluated(cells), evaluated(two_pictures()));
}

TEST(EvaluationOutput, HasTheChallengesMetricsOfProbabilitiesAndTheOthersOfSegments) {
  const Json json = metrics_json(of_cells_too());
  EXPECT_EQ(json["pooled"]["v_rand"]["of"], "probabilities");
  EXPECT_LT(json["pooled"]["v_rand"]["value"], 1);
  EXPECT_EQ(json["pooled"]["seg"]["of"], "segments");
  EXPECT_EQ(json["pooled"]["seg"]["value"], 1);
  EXPECT_TRUE(json["pooled"]["seg"]["threshold"].is_null());
  EXPECT_EQ(json["segments"]["v_rand"]["value"], 1);
  EXPECT_EQ(json["curves"]["seg"].size(), 11u);
  EXPECT_THAT(text_table(of_cells_too(), 0.95), HasSubstr("SEG                     1.0000"));
}

TEST(EvaluationOutput, OfCellsAloneHasOneRowWithoutAThreshold) {
  auto picture = picture_of(kCells, kCells);
  picture.foreground = {};
  picture.segments = ids_of({".....", "11.22", "11.22", "....."});
  const auto result = evaluated({picture});
  const std::string csv = pictures_csv(result);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 2);
  EXPECT_THAT(csv, HasSubstr("\n0,0,,1,1,0,0,0,0,1,1,1,1,0,0,0,0,0,0,0\n"));
  EXPECT_FALSE(metrics_json(result).contains("curves"));
}

TEST(EvaluationOutput, CountsImagesForWhichAMetricIsNotDefined) {
  Evaluation result = evaluated({picture_of(kCells, kCells, 1), picture_of({"..."}, {"..."}, 2)});
  result.unlabelled = 3;
  const Json json = metrics_json(result);
  EXPECT_EQ(json["pooled"]["v_rand"]["value"], 1);
  EXPECT_EQ(json["pooled"]["v_rand"]["left_out"], 1);
  EXPECT_TRUE(std::isnan(json["pictures"][1]["v_rand"].get<double>()));
  EXPECT_EQ(json["unlabelled"], 3);
  const auto table = text_table(result, 0.95);
  EXPECT_THAT(table, HasSubstr("3 predicted images without labels are left out"));
  EXPECT_THAT(table, HasSubstr("not defined for 1 of the images"));
}

TEST(EvaluationOutput, ComparesWithOthersInOneTable) {
  Evaluation result = evaluation();
  result.comparison = {
      comparison_row("this run", result.metrics),
      comparison_row("other",
                     Json::parse(R"({"pooled": {"v_rand": {"value": 0.25}}, "pictures": []})"))};
  const std::string table = text_table(result, 0.9);
  EXPECT_THAT(table, HasSubstr("90 % interval"));
  EXPECT_THAT(table, HasSubstr("splits: 0, merges: 1, hole additions: 0"));
  EXPECT_THAT(table, HasSubstr("\ncomparison              this run       other\n"
                               "V_rand                    0.8333      0.2500\n"
                               "V_info                    0.5000           -\n"));
  EXPECT_EQ(metrics_json(result)["comparison"], result.comparison);
}

}  // namespace
}  // namespace unetflow
