#include "artifact/picture_split.hpp"

#include <gmock/gmock.h>

#include "artifact/artifact_writer.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

Manifest images(const std::vector<PictureEntry>& entries) {
  Manifest manifest;
  manifest.path = "images/00000-of-00001.json";
  manifest.kind = "images";
  manifest.contents = {{"pictures", entries}};
  return manifest;
}

class Split : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::vector<SplitEntry>& entries) const {
    const fs::path path = folder.path / name;
    ArtifactWriter artifact(path);
    Manifest manifest;
    manifest.kind = "split";
    manifest.stage = "test";
    manifest.config = Json::object();
    manifest.contents = {{"pictures", entries}};
    artifact.commit(manifest);
    return path;
  }
  static std::vector<std::string> subsets(const std::vector<PictureEntry>& entries) {
    std::vector<std::string> result;
    for (const auto& entry : entries) result.push_back(entry.subset);
    return result;
  }

  const TemporaryFolder folder;
  const std::vector<PictureEntry> pictures = {{0, "a", "train", 1, 1, true, false, "x/a.png"},
                                              {1, "b", "test", 1, 1, false, false, "x/b.png"}};
};

TEST_F(Split, ThatIsNotGivenLeavesImagesWhatTheyAre) {
  const auto none = PictureSplit::of({});
  EXPECT_FALSE(none.given());
  EXPECT_THAT(subsets(none.entries(images(pictures))), ElementsAre("train", "test"));
  EXPECT_THAT(none.entries(images(pictures), {"holdout"}), IsEmpty());
}

TEST_F(Split, SaysWhatImagesAre) {
  const PictureSplit split(
      write("split.json", {{0, "a", "x/a.png", "validation", 3}, {1, "b", "x/b.png", "test", {}}}));
  EXPECT_TRUE(split.given());
  EXPECT_THAT(subsets(split.entries(images(pictures))), ElementsAre("validation", "test"));
  const auto chosen = split.entries(images(pictures), {"validation"});
  ASSERT_EQ(chosen.size(), 1u);
  EXPECT_EQ(chosen[0].name, "a");
}

/// Twelve images that train, or one of which validates.
std::vector<PictureEntry> many(const std::string& last) {
  std::vector<PictureEntry> entries;
  for (std::int64_t i = 0; i < 12; ++i) {
    entries.push_back({i, std::to_string(i), i == 11 ? last : "train", 1, 1, true, false, "x.png"});
  }
  return entries;
}

TEST_F(Split, CalibratesOnImagesThatValidate) {
  const auto chosen = PictureSplit().entries(images(many("validation")), {"calibration"});
  ASSERT_EQ(chosen.size(), 1u);
  EXPECT_EQ(chosen[0].index, 11);
}

TEST_F(Split, CalibratesOnSomeThatTrainWhereNoneValidates) {
  const auto known = many("train");
  std::vector<std::int64_t> indices;
  for (const auto& entry : PictureSplit().entries(images(known), {"calibration", "holdout"})) {
    indices.push_back(entry.index);
  }
  EXPECT_THAT(indices, ElementsAre(0, 1, 3, 4, 6, 7, 9, 10));
  // The split decides, whatever is in one shard.
  std::vector<SplitEntry> listed;
  for (const auto& entry : known) {
    listed.push_back({entry.index, entry.name, entry.source, "train", {}});
  }
  const PictureSplit split(write("split.json", listed));
  EXPECT_EQ(split.entries(images({known[2], known[3]}), {"calibration"}).size(), 1u);
}

TEST_F(Split, OfOtherImagesIsRefused) {
  const auto path = write("split.json", {{0, "a", "y/a.png", "train", {}}});
  EXPECT_THAT([&] { PictureSplit(path).entries(images(pictures)); },
              ThrowsMessage<InputError>(HasSubstr(
                  "split.json: does not list image 0 \"a\" of images/00000-of-00001.json")));
}

TEST_F(Split, ASecondOneIsRefused) {
  const auto path = write("split.json", {}), other = write("other.json", {});
  EXPECT_THAT(
      [&] {
        PictureSplit::of({path, other});
      },
      ThrowsMessage<InputError>(HasSubstr("other.json: is a second split beside")));
}

}  // namespace
}  // namespace unetflow
