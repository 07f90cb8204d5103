#include "metrics/evaluation_output.hpp"

#include <gmock/gmock.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Evaluation evaluation(bool warping = true) {
  std::vector<PredictedPicture> pictures(2);
  for (size_t i = 0; i < 2; ++i) {
    pictures[i].name = i == 0 ? "one, \"the\" first" : "two";
    pictures[i].index = static_cast<std::int64_t>(3 + i);
    pictures[i].label = mask_of({".....", "##.##", "....."});
    pictures[i].foreground = probability_of({".....", i == 0 ? "##.##" : "#####", "....."});
  }
  EvaluateConfig config;
  config.warping = warping;
  Evaluation result;
  result.pictures = measure_pictures(
      2, [&](size_t i) { return pictures[i]; }, warping, 1, [] {});
  result.metrics = summarise(config, result.pictures);
  return result;
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

TEST(EvaluationOutput, OfNoPicturesSaysSo) {
  EXPECT_EQ(metrics_json({}), Json::parse(R"({"pictures": []})"));
  EXPECT_EQ(text_table({}, 0.95), "0 pictures\n");
}

TEST(EvaluationOutput, HasARowAThresholdInCsv) {
  const std::string csv = metrics_csv(evaluation());
  EXPECT_THAT(csv, StartsWith("threshold,v_rand,v_info,rand_error,pixel_error,pixel_disagreement,"
                              "warping_error,seg,iou,dice,splits,merges,hole_additions,"
                              "hole_deletions,object_additions,object_deletions\n0,"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 12);
  // No warping error at the last.
  EXPECT_THAT(csv, HasSubstr(",,,,,,\n"));
}

TEST(EvaluationOutput, HasARowAPictureAndThresholdInCsv) {
  const std::string csv = pictures_csv(evaluation(false));
  EXPECT_THAT(csv, HasSubstr("\n\"one, \"\"the\"\" first\",3,0.5,1,1,0,0,0,1,1,1\n"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 23);
}

TEST(EvaluationOutput, ComparesWithOthersInOneTable) {
  Evaluation result = evaluation();
  result.comparison = {
      comparison_row("this run", result.metrics),
      comparison_row("other",
                     Json::parse(R"({"pooled": {"v_rand": {"value": 0.25}}, "pictures": []})"))};
  EXPECT_EQ(result.comparison[1], Json::parse(R"({"name": "other", "v_rand": 0.25})"));
  const std::string table = text_table(result, 0.9);
  EXPECT_THAT(table, HasSubstr("90 % interval"));
  EXPECT_THAT(table, HasSubstr("0 split, 1 merge"));
  EXPECT_THAT(table, HasSubstr("\ncomparison              this run       other\n"
                               "V_rand                    0.8333      0.2500\n"
                               "V_info                    0.5000           -\n"));
  EXPECT_EQ(metrics_json(result)["comparison"], result.comparison);
}

TEST(EvaluationOutput, SpreadIsOfWhatAllRowsHave) {
  const Json rows = Json::parse(R"([{"name": "this run", "v_rand": 0.5, "v_info": 0.5, "seg": 1},
                                    {"name": "seed 2", "v_rand": 0.75, "seg": null}])");
  EXPECT_EQ(spread_rows(rows), Json::parse(R"([{"name": "mean", "v_rand": 0.625},
                                               {"name": "lowest", "v_rand": 0.5},
                                               {"name": "highest", "v_rand": 0.75}])"));
}

}  // namespace
}  // namespace unetflow
