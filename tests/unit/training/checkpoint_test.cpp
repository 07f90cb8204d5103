#include "training/checkpoint.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "artifact/artifact_writer.hpp"
#include "artifact/training_log.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Manifest identity(int seed = 1, int revision = 1) {
  Manifest manifest;
  manifest.stage = "train";
  manifest.revision = revision;
  manifest.config = {{"seed", seed}};
  return manifest;
}

Checkpoint at_step(std::int64_t step) {
  const std::vector<float> weight = {static_cast<float>(step), 0.5F};
  return {{2, 3, step}, {{"loss_sum", 1.25}}, {{"weights/a", Tensor::of({2}, weight)}}};
}

struct Reports {
  std::vector<std::string> lines;
  auto hook() {
    return [this](const std::string& line) { lines.push_back(line); };
  }
};

std::vector<fs::path> manifests(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST(Checkpoint, ComesBackAsItWasSaved) {
  const TemporaryFolder temporary;
  const CheckpointFolder folder(temporary.path / "checkpoints", identity());
  TrainingLogWriter log(folder.log(), 0);
  log.append("before");
  folder.save(at_step(7));
  log.append("after");
  Reports reports;
  const auto back = folder.load(reports.hook());
  ASSERT_TRUE(back);
  EXPECT_EQ(Json(back->position), Json(TrainingPosition{2, 3, 7}));
  EXPECT_EQ(back->progress.at("loss_sum"), 1.25);
  EXPECT_THAT(back->tensors.at("weights/a").floats(), ElementsAre(7, 0.5F));
  EXPECT_EQ(back->log_bytes, 7U);
  EXPECT_THAT(reports.lines, IsEmpty());
}

TEST(Checkpoint, KeepsTensorsOfTheSameNameApartByTheirPrefix) {
  Checkpoint checkpoint;
  checkpoint.add("best/", {{"a", Tensor::of({1}, std::vector<float>{1})}});
  checkpoint.add("weights/", {{"a", Tensor::of({1}, std::vector<float>{2})}});
  EXPECT_THAT(checkpoint.at("best/").at("a").floats(), ElementsAre(1));
  EXPECT_THAT(checkpoint.at("weights/").at("a").floats(), ElementsAre(2));
  EXPECT_EQ(checkpoint.at("weights/").size(), 1U);
}

TEST(Checkpoint, ThereIsNoneBeforeTheFirst) {
  const TemporaryFolder temporary;
  Reports reports;
  EXPECT_FALSE(CheckpointFolder(temporary.path / "none", identity()).load(reports.hook()));
}

TEST(Checkpoint, TheTwoNewestAreKept) {
  const TemporaryFolder temporary;
  const CheckpointFolder folder(temporary.path, identity());
  for (const int step : {9, 10, 11}) folder.save(at_step(step));
  const auto kept = manifests(temporary.path);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].filename(), "000000010.json");
  EXPECT_EQ(kept[1].filename(), "000000011.json");
}

TEST(Checkpoint, ADamagedOneIsReportedAndTheOneBeforeIsUsed) {
  for (const char* damage : {"flipped", "cut", "missing", "empty", "log flipped", "log cut"}) {
    const TemporaryFolder temporary;
    const CheckpointFolder folder(temporary.path, identity());
    TrainingLogWriter log(folder.log(), 0);
    log.append("one");
    folder.save(at_step(1));
    log.append("two");
    folder.save(at_step(2));
    const auto newest = manifests(temporary.path).back().replace_extension(".safetensors");
    const auto size = fs::file_size(newest);
    if (damage == std::string("flipped")) {
      std::fstream file(newest, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(size) - 1);
      file.put('x');
    } else if (damage == std::string("cut")) {
      fs::resize_file(newest, size - 1);
    } else if (damage == std::string("missing")) {
      fs::remove(newest);
    } else if (damage == std::string("log flipped")) {
      std::fstream file(folder.log(), std::ios::in | std::ios::out);
      file.seekp(5);
      file.put('x');
    } else if (damage == std::string("log cut")) {
      fs::resize_file(folder.log(), 5);
    } else {
      const fs::path manifest = fs::path(newest).replace_extension(".json");
      Json json = load_json(manifest);
      json["contents"] = nullptr;
      write_file_atomically(manifest, json.dump());
    }
    Reports reports;
    const auto back = folder.load(reports.hook());
    ASSERT_TRUE(back) << damage;
    EXPECT_EQ(back->position.step, 1) << damage;
    EXPECT_THAT(reports.lines, ElementsAre(HasSubstr("000000002"))) << damage;
  }
}

TEST(Checkpoint, OfAnotherRevisionOfTheStageIsNotUsed) {
  const TemporaryFolder temporary;
  CheckpointFolder(temporary.path, identity(1, 1)).save(at_step(100));
  Reports reports;
  EXPECT_FALSE(CheckpointFolder(temporary.path, identity(1, 2)).load(reports.hook()));
  EXPECT_TRUE(CheckpointFolder(temporary.path, identity(1, 1)).load(reports.hook()));
}

TEST(Checkpoint, OfAnotherVersionOfUnetflowIsUsed) {
  const TemporaryFolder temporary;
  Manifest before = identity(), after = identity();
  before.version = "0.1.0";
  after.version = "0.2.0";
  CheckpointFolder(temporary.path, before).save(at_step(100));
  Reports reports;
  EXPECT_TRUE(CheckpointFolder(temporary.path, after).load(reports.hook()));
}

TEST(Checkpoint, OfAnotherTrainingIsNeitherUsedNorLost) {
  const TemporaryFolder temporary;
  const CheckpointFolder one(temporary.path, identity(1)), other(temporary.path, identity(2));
  one.save(at_step(100));
  Reports reports;
  EXPECT_FALSE(other.load(reports.hook()));
  for (const int step : {1, 2, 3}) other.save(at_step(step));
  EXPECT_EQ(other.load(reports.hook())->position.step, 3);
  other.remove();
  EXPECT_FALSE(other.load(reports.hook()));
  EXPECT_EQ(one.load(reports.hook())->position.step, 100);
  one.remove();
  EXPECT_FALSE(std::filesystem::exists(temporary.path));
  EXPECT_THAT(reports.lines, IsEmpty());
}

}  // namespace
}  // namespace unetflow
