#include "figure/report.hpp"

#include <gmock/gmock.h>

#include "artifact/picture_shard.hpp"
#include "figure/gnuplot.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Not;

Manifest manifest_of(const std::string& kind, Json contents = nullptr) {
  Manifest manifest;
  manifest.kind = kind;
  manifest.stage = kind + "-stage";
  manifest.config = Json::object();
  manifest.contents = std::move(contents);
  return manifest;
}

fs::path write_evaluation(const ScratchFolder& folder) {
  const Json metrics = {{"pooled", {{"v_rand", {{"value", 0.97131}, {"threshold", 0.6}}}}},
                        {"pictures", {{{"name", "<9>"}, {"index", 9}, {"v_rand", 0.9}}}}};
  ArtifactWriter evaluation(folder.path() / "evaluation.json");
  evaluation.write("metrics.json", metrics.dump());
  evaluation.commit(manifest_of("evaluation"));
  return evaluation.manifest_path();
}

/// An unlabelled image [8, 8] and what was predicted for it.
std::vector<fs::path> write_prediction(const ScratchFolder& folder) {
  const PictureEntry entry{3, "three", "test", 8, 8, false, false};
  const Json contents = {{"classes", 2}, {"channels", 1}, {"pictures", {entry}}};
  LabelledPicture picture{{8, 8}, {}, {}};
  ShardWriter images(folder.path() / "images" / "00000-of-00001.json");
  write_picture(images, entry, picture);
  images.commit(manifest_of("images", contents));
  Picture<float> probability(2, 8, 8);
  std::fill_n(probability.values.begin(), 64, 0.25f);
  ShardWriter predictions(folder.path() / "predictions" / "00000-of-00001.json");
  write_probability(predictions, entry, probability);
  predictions.commit(manifest_of("predictions", contents));
  return {images.manifest_path(), predictions.manifest_path()};
}

TEST(Report, DefaultsAgreeWithTheSchema) {
  EXPECT_EQ(Json(ReportConfig{}), checked(Json::object(), ReportConfig::kSchema, "defaults"));
}

TEST(Report, LeavesOutWhatItHasNoArtifactsFor) {
  const ScratchFolder folder;
  ArtifactWriter report(folder.path() / "report" / "report.json");
  write_report({}, {write_evaluation(folder)}, {}, report, true);
  report.commit(manifest_of("report"));
  const std::string page = folder.read("report/report.html");
  EXPECT_THAT(page, HasSubstr("<b>0.9713</b><span>V_rand</span>"));
  EXPECT_THAT(page, HasSubstr("&lt;9&gt;"));
  EXPECT_THAT(page, HasSubstr("evaluation-stage"));
  EXPECT_THAT(page, Not(HasSubstr("<figure")));
  EXPECT_THAT(page, Not(HasSubstr(">Training</h2>")));
  EXPECT_THAT(page, Not(HasSubstr("make pipeline")));
}

TEST(Report, SetsOtherEvaluationsBesideThisOne) {
  const ScratchFolder folder;
  const Json metrics = {
      {"pooled", {{"v_rand", {{"value", 0.97131}}}}},
      {"comparison",
       {{{"name", "this run"}, {"v_rand", 0.97131}}, {{"name", "FCN-8s"}, {"seg", 0.5}}}}};
  ArtifactWriter evaluation(folder.path() / "evaluation.json");
  evaluation.write("metrics.json", metrics.dump());
  evaluation.commit(manifest_of("evaluation"));
  ArtifactWriter report(folder.path() / "report" / "report.json");
  write_report({}, {evaluation.manifest_path()}, {}, report, true);
  report.commit(manifest_of("report"));
  const std::string page = folder.read("report/report.html");
  EXPECT_THAT(page, HasSubstr("FCN-8s"));
  EXPECT_THAT(page, HasSubstr("0.5000"));
  EXPECT_THAT(page, HasSubstr("SEG"));
  EXPECT_THAT(page, Not(HasSubstr("Pixel disagreement")));
}

TEST(Report, OfATrainingUnderWayRefreshesItself) {
  const ScratchFolder folder;
  folder.write("metrics.jsonl", "{\"step\":0,\"loss\":2}\n{\"step\":1,\"loss\":1}\n");
  ArtifactWriter report(folder.path() / "report.json");
  write_report({}, {}, folder.path() / "metrics.jsonl", report, true);
  report.commit(manifest_of("report"));
  EXPECT_THAT(folder.read("report.html"), HasSubstr("http-equiv=\"refresh\""));
  EXPECT_THAT(folder.read("report.html"), HasSubstr("Loss by step"));
}

TEST(Report, ShowsUnlabelledImagesToo) {
  const ScratchFolder folder;
  const auto inputs = write_prediction(folder);
  ArtifactWriter report(folder.path() / "report.json");
  const Json contents = write_report({}, inputs, {}, report, true);
  report.commit(manifest_of("report"));
  EXPECT_THAT(folder.read("report.html"), HasSubstr("Image three"));
  ASSERT_EQ(contents["figures"].size(), 1u);
  EXPECT_EQ(contents["figures"][0]["name"], "results");
  EXPECT_THAT(folder.read("figures/results.svg"), HasSubstr("Probability"));
}

TEST(Report, SaysHowToMakeItAgain) {
  const ScratchFolder folder;
  ArtifactWriter report(folder.path() / "report.json");
  ReportConfig config;
  config.name = "phantom";
  write_report(config, {}, {}, report, true);
  report.commit(manifest_of("report"));
  EXPECT_THAT(folder.read("report.html"), HasSubstr("<h1>phantom</h1>"));
  EXPECT_THAT(folder.read("report.html"), HasSubstr("make pipeline PIPELINE=phantom"));
}

TEST(Report, TakesTheClocksWordOnlyWhenAsked) {
  const ScratchFolder folder;
  const auto evaluation = write_evaluation(folder);
  folder.write("evaluation.log", R"({"stage": "evaluate", "seconds": 1.25, "threads": 2})");
  for (const bool timings : {false, true}) {
    ArtifactWriter report(folder.path() / "report.json");
    ReportConfig config;
    config.timings = timings;
    write_report(config, {evaluation}, {}, report, true);
    report.commit(manifest_of("report"));
    EXPECT_EQ(folder.read("report.html").find("Timing</h2>") != std::string::npos, timings);
  }
}

}  // namespace
}  // namespace unetflow
