#include "artifact/manifest.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "artifact/artifact_writer.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::ThrowsMessage;

TEST(ShardName, IsFiveDigitsOfFiveDigits) {
  const ShardName name = ShardName::parse("work/tiles/00002-of-00004.json");
  EXPECT_EQ(name.index, 2);
  EXPECT_EQ(name.count, 4);
  EXPECT_EQ(name.text(), "00002-of-00004");
  for (const char* wrong : {"tiles.json", "00004-of-00004.json", "00000-of-00000.json"}) {
    EXPECT_THROW(ShardName::parse(wrong), InputError) << wrong;
  }
}

TEST(ShardName, DealsThingsOutInOrderAndEvenly) {
  EXPECT_THAT((ShardName{0, 4}.range(30)), Pair(0, 7));
  EXPECT_THAT((ShardName{1, 4}.range(30)), Pair(7, 15));
  EXPECT_THAT((ShardName{3, 4}.range(30)), Pair(22, 30));
  EXPECT_THAT((ShardName{0, 4}.range(2)), Pair(0, 0));
}

class Artifact : public testing::Test {
 protected:
  static Manifest model() {
    Manifest manifest;
    manifest.kind = "report";
    manifest.stage = "train";
    manifest.config = Json::object();
    return manifest;
  }
  const TemporaryFolder temporary;
  const fs::path folder = temporary.path;
};

TEST_F(Artifact, NamesItsFilesWithSizeAndDigest) {
  ArtifactWriter writer(folder / "model.json");
  writer.write("figures/a.txt", "abc");
  EXPECT_FALSE(fs::exists(folder / "figures/a.txt")) << "before the commit";
  writer.commit(model());
  const Manifest manifest = read_manifest(folder / "model.json", "report");
  ASSERT_EQ(manifest.files.size(), 1u);
  EXPECT_EQ(manifest.files[0].name, "figures/a.txt");
  EXPECT_EQ(manifest.files[0].bytes, 3u);
  EXPECT_EQ(manifest.files[0].sha256, sha256("abc"));
  EXPECT_NO_THROW(verify_digests(manifest));
}

TEST_F(Artifact, ThatCannotBeCommittedLeavesTheEarlierOne) {
  {
    ArtifactWriter writer(folder / "model.json");
    writer.write("a.txt", "abc");
    writer.commit(model());
  }
  {
    ArtifactWriter writer(folder / "model.json");
    writer.write("a.txt", "other");
    Manifest manifest = model();
    manifest.contents = {{"name", "Z\xfcrich"}};  // no UTF-8, so no JSON
    EXPECT_ANY_THROW(writer.commit(manifest));
  }
  EXPECT_NO_THROW(verify_digests(read_manifest(folder / "model.json", "report")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 2) << "something temporary is left";
}

TEST_F(Artifact, NamesItsInputsRelativeToItself) {
  fs::create_directories(folder / "tiles");
  std::ofstream(folder / "tiles/a.json") << "abc";
  const auto record = input_record(folder / "tiles/a.json", folder / "model/model.json");
  EXPECT_EQ(record.path, "../tiles/a.json");
  EXPECT_EQ(record.sha256, sha256("abc"));
}

TEST_F(Artifact, WhoseManifestIsHugeIsRefusedBeforeItIsRead) {
  const auto huge = folder / "huge.json";
  std::ofstream(huge) << "{}";
  fs::resize_file(huge, std::uintmax_t{1} << 40);  // with a hole, which takes minutes to read
  const auto refused =
      ThrowsMessage<InputError>(HasSubstr("huge.json: is larger than 268435456 bytes"));
  EXPECT_THAT([&] { read_manifest(huge); }, refused);
  EXPECT_THAT([&] { input_record(huge, folder / "model/model.json"); }, refused);
}

TEST_F(Artifact, ThatDoesNotSayWhatItHoldsIsRefused) {
  Manifest manifest;
  manifest.path = "m.json";
  manifest.kind = "images";
  const auto channels = [&] { return manifest.content<int>("channels"); };
  const auto refused =
      ThrowsMessage<InputError>(HasSubstr("m.json at /contents/channels: is missing"));
  EXPECT_THAT(channels, refused);  // contents are null
  manifest.contents = Json::object();
  EXPECT_THAT(channels, refused);
  manifest.contents = {{"channels", "three"}};
  EXPECT_THAT(channels, refused);
  manifest.contents = {{"channels", 3}};
  EXPECT_EQ(channels(), 3);
}

TEST_F(Artifact, WithAMalformedManifestSaysWhere) {
  fs::create_directories(folder);
  std::ofstream(folder / "model.json") << R"({"format": "unetflow-artifact-1"})";
  EXPECT_THAT([&] { read_manifest(folder / "model.json"); },
              ThrowsMessage<InputError>(HasSubstr("is missing")));
}

}  // namespace
}  // namespace unetflow
