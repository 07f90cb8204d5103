#include "artifact/artifact_writer.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::UnorderedElementsAre;

Manifest images() {
  Manifest manifest;
  manifest.kind = "images";
  manifest.stage = "test";
  manifest.config = Json::object();
  return manifest;
}

void write(const fs::path& manifest, const std::vector<std::string>& files) {
  ArtifactWriter artifact(manifest);
  for (const auto& file : files) artifact.write(file, "content of " + file);
  artifact.commit(images());
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) names.push_back(fs::relative(entry.path(), folder).string());
  }
  return names;
}

TEST(ArtifactWriter, RemovesWhatTheLastArtifactHadAndThisOneHasNot) {
  const TemporaryFolder folder;
  write(folder.path / "a.json", {"image/1.png", "image/2.png"});
  folder.write("mine.txt", "not an artifact's");
  write(folder.path / "a.json", {"image/1.png"});
  EXPECT_THAT(files_in(folder.path), UnorderedElementsAre("a.json", "image/1.png", "mine.txt"));
}

TEST(ArtifactWriter, RemovesShardsOfAnotherNumberOfShards) {
  const TemporaryFolder folder;
  write(folder.path / "00000-of-00002.json", {"00000-of-00002.h5", "0.png"});
  write(folder.path / "00001-of-00002.json", {"00001-of-00002.h5", "1.png"});
  folder.write("00001-of-00002.log", "{}");
  write(folder.path / "00000-of-00001.json", {"00000-of-00001.h5", "0.png"});
  EXPECT_THAT(files_in(folder.path),
              UnorderedElementsAre("00000-of-00001.json", "00000-of-00001.h5", "0.png"));
}

TEST(ArtifactWriter, LeavesShardsOfAnotherKindAlone) {
  const TemporaryFolder folder;
  ArtifactWriter artifact(folder.path / "00000-of-00002.json");
  auto tiles = images();
  tiles.kind = "tiles";
  artifact.commit(tiles);
  write(folder.path / "00000-of-00001.json", {});
  EXPECT_TRUE(fs::exists(folder.path / "00000-of-00002.json"));
}

TEST(ArtifactWriter, DoesNotBelieveNamesOutsideTheFolder) {
  const TemporaryFolder folder;
  const auto victim = folder.write("victim", "precious");
  const fs::path manifest = folder.path / "artifact" / "a.json";
  write(manifest, {"1.png"});
  for (const Json& name : {Json("../victim"), Json(victim.string()), Json("x/../../victim"),
                           Json("."), Json(""), Json(7), Json()}) {
    std::ofstream(manifest) << Json{{"files", {{{"name", name}}}}};
    write(manifest, {"1.png"});
    EXPECT_TRUE(fs::exists(victim)) << name;
  }
  std::ofstream(manifest) << R"({"files": 3})";
  write(manifest, {"1.png"});
  EXPECT_TRUE(fs::exists(manifest));
}

}  // namespace
}  // namespace unetflow
