#include "artifact/artifact_writer.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace {
std::string cannot_be_removed;
}

// Instead of the C library's: as on a disk that fails.
extern "C" int unlink(const char* file) noexcept {
  if (file != cannot_be_removed) return static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, file, 0));
  errno = EIO;
  return -1;
}

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

Manifest images() {
  Manifest manifest;
  manifest.kind = "pictures";
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

TEST(ArtifactWriter, WritesInAFolderOfItsOwnThatIsGoneAfterwards) {
  const TemporaryFolder folder;
  {
    ArtifactWriter one(folder.path / "a.json"), two(folder.path / "a.json");
    EXPECT_NE(one.file("figures/1.svg"), two.file("figures/1.svg"));
    one.write("figures/1.svg", "one");
    two.write("figures/1.svg", "two");
    one.commit(images());
    two.commit(images());
    EXPECT_NO_THROW(verify_digests(read_manifest(folder.path / "a.json")));
  }
  EXPECT_THAT(files_in(folder.path), UnorderedElementsAre("a.json", "figures/1.svg"));
  EXPECT_EQ(file_bytes(folder.path / "figures/1.svg"), "two");
}

TEST(ArtifactWriter, ReplacesALinkUnderAFinalName) {
  const TemporaryFolder folder;
  const auto victim = folder.write("victim", "precious");
  fs::create_directory(folder.path / "out");
  for (const char* name : {"1.png", "a.json", "a.log"}) {
    fs::create_symlink(victim, folder.path / "out" / name);
  }
  ArtifactWriter artifact(folder.path / "out" / "a.json");
  artifact.write("1.png", "picture");
  artifact.beside("a.log", [] { return "timings"; });
  artifact.commit(images());
  write_file_atomically(folder.path / "out" / "a.log", "more timings");
  EXPECT_EQ(file_bytes(victim), "precious");
  EXPECT_EQ(file_bytes(folder.path / "out" / "a.log"), "more timings");
  EXPECT_FALSE(fs::is_symlink(folder.path / "out" / "a.json"));
}

TEST(ArtifactWriter, ThatCannotRenameLeavesNothingUnderAFinalName) {
  const TemporaryFolder folder;
  write(folder.path / "a.json", {"1.png", "3.png"});
  folder.write("2.png/not empty");  // a folder where a file belongs, so renaming fails
  ArtifactWriter artifact(folder.path / "a.json");
  for (const char* name : {"1.png", "2.png", "3.png"}) artifact.write(name, "new");
  artifact.beside("a.log", [] { return "timings"; });
  EXPECT_THAT(
      [&] { artifact.commit(images()); },
      ThrowsMessage<Error>(HasSubstr("2.png: cannot be renamed into place: Is a directory")));
  EXPECT_FALSE(fs::exists(folder.path / "a.json"));
  EXPECT_FALSE(fs::exists(folder.path / "a.log"));
  EXPECT_FALSE(fs::exists(folder.path / "1.png"));
  EXPECT_FALSE(fs::exists(folder.path / "3.png"));
}

TEST(ArtifactWriter, ThatCannotRemoveWhatTheLastOneHadSaysSo) {
  const TemporaryFolder folder;
  write(folder.path / "a.json", {"1.png", "2.png"});
  cannot_be_removed = folder.path / "2.png";
  EXPECT_THAT([&] { write(folder.path / "a.json", {"1.png"}); },
              ThrowsMessage<Error>(HasSubstr(
                  "2.png: is of the artifact before and cannot be removed: Input/output error")));
  cannot_be_removed.clear();
  write(folder.path / "a.json", {"1.png"});
  EXPECT_THAT(files_in(folder.path), UnorderedElementsAre("a.json", "1.png"));
}

TEST(ArtifactWriter, LeavesAFolderAloneThatTheLastManifestNames) {
  const TemporaryFolder folder;
  write(folder.path / "a.json", {"1.png"});
  fs::remove(folder.path / "1.png");
  folder.write("1.png/mine");
  write(folder.path / "a.json", {"2.png"});
  EXPECT_THAT(files_in(folder.path), UnorderedElementsAre("a.json", "2.png", "1.png/mine"));
}

TEST(ArtifactWriter, HasNoFileOutsideItsFolder) {
  const TemporaryFolder folder;
  ArtifactWriter artifact(folder.path / "a.json");
  for (const char* name : {"../x.png", "/tmp/x.png", "0-x/../../x.png", ""}) {
    EXPECT_THAT([&] { artifact.file(name); },
                ThrowsMessage<InputError>(HasSubstr("expected one inside its folder")));
  }
}

TEST(ArtifactWriter, BesideWhichAFileIsNotInTheManifest) {
  const TemporaryFolder folder;
  ArtifactWriter artifact(folder.path / "a.json");
  artifact.write("1.png", "picture");
  artifact.beside("a.log", [] { return "timings"; });
  artifact.commit(images());
  EXPECT_EQ(file_bytes(folder.path / "a.log"), "timings");
  EXPECT_EQ(read_manifest(folder.path / "a.json").files.size(), 1u);
}

TEST(ArtifactWriter, FailsWhereItCannotTellWhatTheLastArtifactHad) {
  const TemporaryFolder folder;
  write(folder.path / "a.json", {"image/1.png", "image/2.png"});
  fs::remove(folder.path / "a.json");
  fs::create_symlink("a.json", folder.path / "a.json");  // the system gives an error for it
  EXPECT_THROW(write(folder.path / "a.json", {"image/1.png"}), Error);
  EXPECT_TRUE(fs::exists(folder.path / "image/2.png"));
}

TEST(ArtifactWriter, LeavesShardsOfAnotherKindAlone) {
  const TemporaryFolder folder;
  ArtifactWriter artifact(folder.path / "00000-of-00002.json");
  auto tiles = images();
  tiles.kind = "report";
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
