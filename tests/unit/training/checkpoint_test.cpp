#include "training/checkpoint.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <functional>

#include "artifact/artifact_writer.hpp"
#include "artifact/training_log.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/output_file.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

Manifest identity(int seed = 1, int revision = 1) {
  Manifest manifest;
  manifest.stage = "train";
  manifest.revision = revision;
  manifest.config = {{"seed", seed}};
  return manifest;
}

const Json kComputation = {{"threads", 1}, {"precision", "float32"}, {"instructions", "AVX2"}};

CheckpointFolder folder_of(const fs::path& path, const Manifest& training = identity()) {
  return {path, training, kComputation};
}

Checkpoint at_step(std::int64_t step) {
  const std::vector<float> weight = {static_cast<float>(step), 0.5F};
  const Json best = {{"score", 0}, {"epoch", -1}, {"measurements_since", 0}};
  return {
      {2, 3, step}, {{"loss_sum", 1.25}, {"best", best}}, {{"weights/a", Tensor::of({2}, weight)}}};
}

struct Reports {
  std::vector<std::string> lines;
  auto hook() {
    return [this](const std::string& line) { lines.push_back(line); };
  }
};

/// What a folder resumes from.
struct Resumed {
  std::optional<std::uintmax_t> log_bytes;
  Checkpoint checkpoint;
  explicit operator bool() const { return log_bytes.has_value(); }
};
Resumed resume(CheckpointFolder folder, Reports& reports) {
  Resumed resumed;
  resumed.log_bytes = folder.resume(
      [&](const Checkpoint& found, const std::string&) { resumed.checkpoint = found; },
      reports.hook());
  return resumed;
}

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
  CheckpointFolder folder = folder_of(temporary.path / "checkpoints");
  TrainingLogWriter log(folder.log(), 0);
  log.append("before");
  folder.save(at_step(7));
  log.append("after");
  Reports reports;
  const auto [log_bytes, back] = resume(folder, reports);
  EXPECT_EQ(log_bytes, 7U);
  EXPECT_EQ(Json(back.position), Json(TrainingPosition{2, 3, 7}));
  EXPECT_EQ(back.progress, at_step(7).progress);
  EXPECT_THAT(back.tensors.at("weights/a").floats(), ElementsAre(7, 0.5F));
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
  EXPECT_FALSE(resume(folder_of(temporary.path / "none"), reports));
  EXPECT_THAT(reports.lines, IsEmpty());
}

TEST(Checkpoint, TheTwoNewestAreKept) {
  const TemporaryFolder temporary;
  CheckpointFolder folder = folder_of(temporary.path);
  for (const int step : {9, 10, 11}) folder.save(at_step(step));
  const auto kept = manifests(temporary.path);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].filename(), "000000010.json");
  EXPECT_EQ(kept[1].filename(), "000000011.json");
}

/// Changes a checkpoint and makes its digests right again, as only a person would.
void edit(const fs::path& manifest, const std::function<void(Json& said, Tensors& tensors)>& change,
          const std::function<void(Json& manifest)>& change_manifest = {}) {
  const fs::path file = fs::path(manifest).replace_extension(".safetensors");
  TensorMetadata metadata;
  Tensors tensors = read_safetensors(file, &metadata);
  Json said = Json::parse(metadata.at("checkpoint"));
  change(said, tensors);
  fs::remove(file);
  write_safetensors(file, tensors, {{"checkpoint", said.dump()}});
  Json json = load_json(manifest);
  json["files"][0]["bytes"] = fs::file_size(file);
  json["files"][0]["sha256"] = sha256_of_file(file);
  if (change_manifest) change_manifest(json);
  write_file_atomically(manifest, json.dump());
}

void change_byte(const fs::path& file, std::streamoff at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at);
  stream.put('x');
}

struct Damage {
  const char* name;
  std::function<void(const fs::path& manifest, const fs::path& log)> make;
};

const std::vector<Damage>& damages() {
  const auto tensors = [](const fs::path& manifest) {
    return fs::path(manifest).replace_extension(".safetensors");
  };
  const auto said = [](const char* pointer, const Json& value) {
    return [=](const fs::path& manifest, const fs::path&) {
      edit(manifest, [&](Json& json, Tensors&) { json[Json::json_pointer(pointer)] = value; });
    };
  };
  const auto unsaid = [](const char* pointer, const char* key) {
    return [=](const fs::path& manifest, const fs::path&) {
      edit(manifest, [&](Json& json, Tensors&) { json[Json::json_pointer(pointer)].erase(key); });
    };
  };
  const auto manifests = [](const char* pointer, const Json& value) {
    return [=](const fs::path& manifest, const fs::path&) {
      Json json = load_json(manifest);
      json[Json::json_pointer(pointer)] = value;
      write_file_atomically(manifest, json.dump());
    };
  };
  static const std::vector<Damage> all = {
      {"tensors flipped", [=](const fs::path& m, const fs::path&) { change_byte(tensors(m), 8); }},
      {"tensors cut", [=](const fs::path& m, const fs::path&) { fs::resize_file(tensors(m), 9); }},
      {"tensors missing", [=](const fs::path& m, const fs::path&) { fs::remove(tensors(m)); }},
      {"tensors of the one before",
       [=](const fs::path& m, const fs::path&) {
         fs::copy_file(m.parent_path() / "000000001.safetensors", tensors(m),
                       fs::copy_options::overwrite_existing);
         edit(m, [](Json&, Tensors&) {});
       }},
      {"tensors without metadata",
       [=](const fs::path& m, const fs::path&) {
         edit(m, [](Json&, Tensors&) {});
         const Tensors whole = read_safetensors(tensors(m));
         fs::remove(tensors(m));
         write_safetensors(tensors(m), whole);
         Json json = load_json(m);
         json["files"][0]["bytes"] = fs::file_size(tensors(m));
         json["files"][0]["sha256"] = sha256_of_file(tensors(m));
         write_file_atomically(m, json.dump());
       }},
      {"log flipped", [](const fs::path&, const fs::path& log) { change_byte(log, 5); }},
      {"log cut", [](const fs::path&, const fs::path& log) { fs::resize_file(log, 5); }},
      {"manifest empty", [](const fs::path& m, const fs::path&) { fs::resize_file(m, 0); }},
      {"manifest not JSON", [](const fs::path& m, const fs::path&) { change_byte(m, 0); }},
      {"manifest deep",
       [](const fs::path& m, const fs::path&) {
         write_file_atomically(m, std::string(200000, '['));
       }},
      {"manifest names nothing", manifests("/files", Json::array())},
      {"manifest names another file", manifests("/files/0/name", "metrics.jsonl")},
      {"manifest of another kind", manifests("/kind", "model")},
      {"manifest of another stage", manifests("/stage", "augment")},
      {"manifest of another training", manifests("/config/seed", 3)},
      {"of another training", said("/identity", std::string(64, '0'))},
      {"epoch below 0", said("/position/epoch", -1)},
      {"epoch not whole", said("/position/epoch", 1.5)},
      {"epoch too large", said("/position/epoch", 1e30)},
      {"samples below 0", said("/position/samples_done", -4)},
      {"step of another name", said("/position/step", 1)},
      {"position missing", unsaid("", "position")},
      {"epoch missing", unsaid("/position", "epoch")},
      {"best missing", unsaid("/progress", "best")},
      {"loss no number", said("/progress/loss_sum", nullptr)},
      {"score too good", said("/progress/best/score", 1.5)},
      {"progress of another form", said("/progress", Json::array())},
      {"a key more", said("/more", 1)},
      {"log longer than it is", said("/log_bytes", 9007199254740991)},
      {"log of no length", said("/log_bytes", 0)},
      {"log digest missing", unsaid("", "log_sha256")},
  };
  return all;
}

TEST(Checkpoint, ADamagedOneIsReportedAndTheOneBeforeIsUsed) {
  for (const auto& [name, make] : damages()) {
    const TemporaryFolder temporary;
    CheckpointFolder folder = folder_of(temporary.path);
    TrainingLogWriter log(folder.log(), 0);
    log.append("one");
    folder.save(at_step(1));
    log.append("two");
    folder.save(at_step(2));
    make(manifests(temporary.path).back(), folder.log());
    Reports reports;
    const auto back = resume(folder, reports);
    ASSERT_TRUE(back) << name;
    EXPECT_EQ(back.checkpoint.position.step, 1) << name;
    EXPECT_EQ(back.log_bytes, 4U) << name;
    EXPECT_THAT(reports.lines, ElementsAre(HasSubstr("000000002"))) << name;
  }
}

TEST(Checkpoint, OneThatCannotBeRestoredIsReportedAndTheOneBeforeIsUsed) {
  const TemporaryFolder temporary;
  CheckpointFolder folder = folder_of(temporary.path);
  for (const int step : {1, 2}) folder.save(at_step(step));
  Reports reports;
  std::vector<std::int64_t> restored;
  EXPECT_TRUE(folder.resume(
      [&](const Checkpoint& checkpoint, const std::string& place) {
        if (checkpoint.position.step == 2) throw InputError(place, "does not fit");
        restored.push_back(checkpoint.position.step);
      },
      reports.hook()));
  EXPECT_THAT(restored, ElementsAre(1));
  EXPECT_THAT(reports.lines, ElementsAre(HasSubstr("000000002.safetensors: does not fit")));
}

TEST(Checkpoint, WithoutOneThatIsWholeTrainingBeginsFromTheStart) {
  const TemporaryFolder temporary;
  CheckpointFolder folder = folder_of(temporary.path);
  for (const int step : {1, 2}) folder.save(at_step(step));
  for (const auto& manifest : manifests(temporary.path)) fs::resize_file(manifest, 3);
  Reports reports;
  EXPECT_FALSE(resume(folder, reports));
  EXPECT_THAT(reports.lines, ElementsAre(HasSubstr("000000002"), HasSubstr("000000001"),
                                         HasSubstr("begins from the start")));
}

TEST(Checkpoint, DamagedOnesGoWhenANewOneIsWhole) {
  const TemporaryFolder temporary;
  {
    CheckpointFolder folder = folder_of(temporary.path);
    for (const int step : {8, 9}) folder.save(at_step(step));
  }
  fs::resize_file(manifests(temporary.path).back(), 3);
  CheckpointFolder folder = folder_of(temporary.path);
  Reports reports;
  folder.resume([](const Checkpoint&, const std::string&) {}, reports.hook());
  EXPECT_EQ(manifests(temporary.path).size(), 2U) << "nothing is lost before";
  folder.save(at_step(10));
  const auto kept = manifests(temporary.path);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].filename(), "000000008.json");
  EXPECT_EQ(kept[1].filename(), "000000010.json");
}

TEST(Checkpoint, OfAnotherComputationIsNeitherUsedNorLost) {
  const TemporaryFolder temporary;
  folder_of(temporary.path).save(at_step(5));
  Json two = kComputation;
  two["threads"] = 2;
  Reports reports;
  EXPECT_THAT(
      [&] {
        resume({temporary.path, identity(), two}, reports);
      },
      ThrowsMessage<InputError>(
          AllOf(HasSubstr("begun with 1 thread; this run has 2 threads"),
                HasSubstr("continue it with --threads 1, or remove the folder"))));
  EXPECT_THAT(reports.lines, IsEmpty());
  EXPECT_TRUE(resume(folder_of(temporary.path), reports));
}

TEST(Checkpoint, IsOfTheSameTrainingWhetherAPrecisionIsChosenOrSet) {
  const TemporaryFolder temporary;
  Manifest chosen = identity(), set = identity();
  chosen.config["precision"] = "auto";
  set.config["precision"] = "float32";
  folder_of(temporary.path, chosen).save(at_step(5));
  Reports reports;
  EXPECT_TRUE(resume(folder_of(temporary.path, set), reports));
}

TEST(Checkpoint, HalfWrittenOnesOfKilledRunsGo) {
  const TemporaryFolder temporary;
  CheckpointFolder folder = folder_of(temporary.path);
  folder.save(at_step(1));
  const fs::path half = temporary_name(folder.log().parent_path() / "000000002.json");
  fs::create_directories(half);
  std::ofstream(half / "000000002.safetensors") << "half";
  Reports reports;
  EXPECT_TRUE(resume(folder, reports));
  EXPECT_FALSE(fs::exists(half));
}

TEST(Checkpoint, LeavesOtherFilesInItsFolderAlone) {
  const TemporaryFolder temporary;
  CheckpointFolder folder = folder_of(temporary.path);
  folder.save(at_step(1));
  std::ofstream(folder.log().parent_path() / "notes.json") << "{}";
  fs::create_directories(folder.log().parent_path() / "000000000.json" / "more");
  Reports reports;
  EXPECT_TRUE(resume(folder, reports));
  for (const int step : {2, 3, 4}) folder.save(at_step(step));
  EXPECT_TRUE(fs::exists(folder.log().parent_path() / "notes.json"));
}

TEST(Checkpoint, OfAnotherRevisionOfTheStageIsNotUsed) {
  const TemporaryFolder temporary;
  folder_of(temporary.path, identity(1, 1)).save(at_step(100));
  Reports reports;
  EXPECT_FALSE(resume(folder_of(temporary.path, identity(1, 2)), reports));
  EXPECT_TRUE(resume(folder_of(temporary.path, identity(1, 1)), reports));
}

TEST(Checkpoint, OfAnotherVersionOfUnetflowIsUsed) {
  const TemporaryFolder temporary;
  Manifest before = identity(), after = identity();
  before.version = "0.1.0";
  after.version = "0.2.0";
  folder_of(temporary.path, before).save(at_step(100));
  Reports reports;
  EXPECT_TRUE(resume(folder_of(temporary.path, after), reports));
}

TEST(Checkpoint, OfAnotherTrainingIsNeitherUsedNorLost) {
  const TemporaryFolder temporary;
  CheckpointFolder one = folder_of(temporary.path, identity(1)),
                   other = folder_of(temporary.path, identity(2));
  one.save(at_step(100));
  Reports reports;
  EXPECT_FALSE(resume(other, reports));
  for (const int step : {1, 2, 3}) other.save(at_step(step));
  EXPECT_EQ(resume(other, reports).checkpoint.position.step, 3);
  EXPECT_EQ(resume(one, reports).checkpoint.position.step, 100);
  EXPECT_THAT(reports.lines, IsEmpty());
}

}  // namespace
}  // namespace unetflow
