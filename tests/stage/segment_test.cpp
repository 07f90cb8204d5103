// The program unetflow-segment from outside: probability maps in, cells out.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "artifact/picture_shard.hpp"
#include "image/picture_format.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SegmentStage : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              (std::string("unetflow_segment_") +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    Manifest manifest;
    manifest.stage = "test";
    manifest.config = Json::object();

    // Foreground 0.9, 0.1, 0.6: two cells above 0.5, one above 0.7.
    const PictureEntry entry{3, "three", "test", 1, 3, false, false};
    ShardWriter predictions(folder_ / "predictions" / "00000-of-00001.json");
    Picture<float> probability(2, 1, 3);
    probability.values = {0.1f, 0.9f, 0.4f, 0.9f, 0.1f, 0.6f};
    write_probability(predictions, entry, probability);
    manifest.kind = "predictions";
    manifest.contents = {{"pictures", {entry}}, {"classes", 2}};
    predictions.commit(manifest);

    ArtifactWriter calibration(folder_ / "calibration" / "calibration.json");
    manifest.kind = "calibration";
    manifest.contents = {{"chosen_on", {1, 2}},
                         {"rule",
                          {{"task", "membranes"},
                           {"threshold", 0.7},
                           {"min_size", 0},
                           {"max_hole", 0},
                           {"border", "thin"}}}};
    calibration.commit(manifest);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Runs the program on the predictions and `inputs`; its exit code.
  int segment(const std::string& config, const std::string& inputs) {
    std::ofstream(folder_ / "segment.json") << config;
    const std::string command = "cd '" + folder_.string() +
                                "' && '" UNETFLOW_BIN_DIR
                                "/unetflow-segment' --quiet --config segment.json --input "
                                "predictions/00000-of-00001.json " +
                                inputs + " --output segments/00000-of-00001.json 2>error";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string error() const {
    std::ifstream stream(folder_ / "error");
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  fs::path output() const { return folder_ / "segments" / "00000-of-00001.json"; }

  fs::path folder_;
};

TEST_F(SegmentStage, TakesTheThresholdOfTheConfiguration) {
  ASSERT_EQ(segment(R"({"threshold": 0.5, "border": "keep", "tiff": true})", ""), 0) << error();
  const ShardReader shard(output(), "segments");
  const auto entries = picture_entries(shard.manifest());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_THAT(read_segments(shard, entries[0]).values, ElementsAre(1, 0, 2));
  EXPECT_EQ(shard.manifest().contents.at("pictures")[0].at("cells"), 2);
  EXPECT_EQ(shard.manifest().inputs.size(), 1u);
  const auto page = tiff_format().open(folder_ / "segments" / "00000-of-00001.tif", "")->read(0);
  EXPECT_THAT(std::get<Picture<std::uint16_t>>(page.values).values, ElementsAre(1, 0, 2));
}

TEST_F(SegmentStage, TakesTheRuleOfACalibration) {
  ASSERT_EQ(segment("{}", "calibration/calibration.json"), 0) << error();
  const ShardReader shard(output(), "segments");
  // The one cell grows over all.
  EXPECT_THAT(read_segments(shard, picture_entries(shard.manifest())[0]).values,
              ElementsAre(1, 1, 1));
  const Json& contents = shard.manifest().contents;
  EXPECT_EQ(contents.at("rule").at("threshold"), 0.7);
  EXPECT_EQ(contents.at("chosen_on"), Json({1, 2}));
  EXPECT_EQ(shard.manifest().inputs.size(), 2u);
}

TEST_F(SegmentStage, PrefersItsConfigurationToTheCalibration) {
  ASSERT_EQ(segment(R"({"task": "objects", "border": "close"})", "calibration/calibration.json"), 0)
      << error();
  const ShardReader shard(output(), "segments");
  EXPECT_THAT(read_segments(shard, picture_entries(shard.manifest())[0]).values,
              ElementsAre(1, 0, 0));
}

TEST_F(SegmentStage, NeedsAThresholdFromSomewhere) {
  EXPECT_EQ(segment("{}", ""), 2);
  EXPECT_THAT(error(), HasSubstr("has no calibration manifest"));
  EXPECT_EQ(segment(R"({"threshold": 0.5, "border": "close"})", ""), 2);
  EXPECT_THAT(error(), HasSubstr("segment.json at /task: is null, expected membranes or objects"));
  EXPECT_EQ(segment("{}", "predictions/00000-of-00001.json"), 2);
  EXPECT_THAT(error(), HasSubstr("names 2 manifests of kind \"predictions\", expected one"));
  EXPECT_FALSE(fs::exists(output()));
}

}  // namespace
}  // namespace unetflow
