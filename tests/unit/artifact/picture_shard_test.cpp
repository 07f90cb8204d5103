#include "artifact/picture_shard.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "consistent.hpp"
#include "core/error.hpp"
#include "image/probability.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Manifest manifest_of(const std::vector<PictureEntry>& entries) {
  Manifest manifest;
  manifest.kind = "images";
  manifest.stage = "test";
  manifest.config = Json::object();
  manifest.contents = {{"pictures", entries}, {"channels", 2}, {"classes", 4}};
  return manifest;
}

PictureEntry entry_of(std::int64_t index, const std::string& subset, bool labelled,
                      bool instances) {
  return {index, "p" + std::to_string(index), subset, 1, 2, labelled, instances};
}

class PictureShard : public testing::Test {
 protected:
  const TemporaryFolder folder_;
  const fs::path path_ = folder_.path / "00000-of-00001.json";
};

TEST_F(PictureShard, GivesBackImageLabelAndInstancesWhereThereAreSome) {
  const std::vector<PictureEntry> entries = {entry_of(0, "train", true, true),
                                             entry_of(1, "train", true, false),
                                             entry_of(7, "test", false, false)};
  LabelledPicture picture{{2, 1, 2}, {1, 2}, {1, 2}};
  picture.input.values = {0.25f, 0.5f, 0.75f, 1};
  picture.label.values = {0, 3};
  picture.instances.values = {0, 70000};
  {
    ShardWriter shard(path_);
    for (const auto& entry : entries) write_picture(shard, entry, picture);
    shard.commit(manifest_of(entries));
  }
  const ShardReader shard(path_);
  for (const auto& entry : picture_entries(shard.manifest())) {
    const auto back = read_labelled_picture(shard, entry);
    EXPECT_EQ(back.input.channels, 2);
    EXPECT_EQ(back.input.height, 1);
    EXPECT_EQ(back.input.width, 2);
    EXPECT_EQ(back.input.values, picture.input.values);
    EXPECT_EQ(back.label.values,
              entry.labelled ? picture.label.values : std::vector<std::uint8_t>())
        << entry.name;
    EXPECT_EQ(back.instances.values,
              entry.instances ? picture.instances.values : std::vector<std::uint32_t>())
        << entry.name;
  }
  EXPECT_TRUE(shard.has("pictures/00007/image"));
  EXPECT_FALSE(shard.has("pictures/00007/label"));
}

TEST_F(PictureShard, GivesBackProbabilitiesAndSegments) {
  const auto entry = entry_of(2, "test", false, false);
  Picture<float> probability(3, 1, 2);
  probability.values = {0.5f, 0.25f, 0.25f, 0.5f, 0.25f, 0.25f};
  Picture<std::uint32_t> segments(1, 2);
  segments.values = {0, 70000};
  {
    ShardWriter shard(path_);
    write_probability(shard, entry, probability);
    Picture<std::uint8_t> classes(1, 2);
    classes.values = {0, 1};
    write_segments(shard, entry, segments, classes);
    auto manifest = manifest_of({entry});
    manifest.contents["classes"] = 3;
    shard.commit(manifest);
  }
  const ShardReader shard(path_);
  EXPECT_EQ(read_probability(shard, entry).channels, 3);
  EXPECT_EQ(read_probability(shard, entry).values, probability.values);
  EXPECT_THAT(read_segments(shard, entry).values, ElementsAre(0, 70000));
  EXPECT_THAT(read_segment_classes(shard, entry).values, ElementsAre(0, 1));
  EXPECT_THAT(
      [&] { read_probability(shard, entry_of(3, "test", false, false)); },
      ThrowsMessage<InputError>(HasSubstr("dataset pictures/00003/probability: is missing")));
}

TEST_F(PictureShard, GivesTheCoresOfCellsWhereTheManifestSaysThatThereAreSome) {
  const auto entry = entry_of(2, "test", false, false);
  Picture<float> probability(3, 1, 2);
  probability.values = {0.5f, 0.25f, 0.25f, 0.25f, 0.25f, 0.5f};
  for (const bool cores : {false, true}) {
    ShardWriter shard(path_);
    write_probability(shard, entry, probability);
    auto manifest = manifest_of({entry});
    manifest.kind = "predictions";
    manifest.contents["classes"] = 3;
    if (cores) manifest.contents["rim"] = 8;
    shard.commit(manifest);
    const auto foreground = read_foreground(ShardReader(path_), entry);
    EXPECT_THAT(foreground.probability.values, ElementsAre(0.5f, 0.75f));
    EXPECT_EQ(foreground.classes.values.empty(), cores);
    EXPECT_EQ(foreground.cores.values,
              cores ? std::vector<float>({0.25f, 0.5f}) : std::vector<float>());
  }
}

TEST_F(PictureShard, ProbabilitiesThatComeInRowsAreTheSameFile) {
  auto entry = entry_of(0, "test", false, false);
  entry.height = 9000;  // three rows of chunks
  entry.width = 3;
  Picture<float> probability(2, entry.height, entry.width);
  for (size_t i = 0; i < probability.values.size(); ++i) {
    probability.values[i] = static_cast<float>(i % 1009) / 1009;
  }
  const auto digest = [&](const std::vector<Index>& heights) {
    ShardWriter shard(path_);
    ProbabilityWriter writer(shard, entry, 2);
    Index first = 0;
    for (const Index height : heights) {
      Picture<float> rows(2, height, entry.width);
      for (Index c = 0; c < 2; ++c) {
        std::copy_n(probability.plane(c).row(first), height * entry.width, rows.plane(c).row(0));
      }
      writer.add(rows);
      first += height;
    }
    auto manifest = manifest_of({entry});
    manifest.contents["classes"] = 2;
    shard.commit(manifest);
    EXPECT_EQ(read_probability(ShardReader(path_), entry).values, probability.values);
    EXPECT_EQ(read_foreground(ShardReader(path_), entry).probability.values,
              foreground_probability(probability).values);
    return read_manifest(path_).files.at(0).sha256;
  };
  const auto whole = digest({9000});
  EXPECT_EQ(digest({1, 4095, 4096, 808}), whole);
  EXPECT_EQ(digest({4000, 5000}), whole);
}

TEST_F(PictureShard, RefusesAnImageOfOtherAxes) {
  {
    ShardWriter shard(path_);
    const std::vector<float> values = {1};
    shard.write_whole<float>("pictures/00000/image", {1, 1, 1, 1}, values,
                             {{"a", "b", "c", "d"}, "1", "of a test"});
    shard.commit(manifest_of({}));
  }
  EXPECT_THAT(
      [&] { read_labelled_picture(ShardReader(path_), entry_of(0, "train", false, false)); },
      ThrowsMessage<InputError>(
          HasSubstr("pictures/00000/image: has the shape [1, 1, 1, 1], expected [2, 1, 2]")));
}

TEST_F(PictureShard, RefusesWhatContradictsTheManifest) {
  const auto entry = entry_of(0, "train", true, false);
  LabelledPicture picture{{2, 1, 2}, {1, 2}, {}};
  picture.label.values = {0, 3};
  {
    ShardWriter shard(path_);
    write_picture(shard, entry, picture);
    shard.commit(manifest_of({entry}));
  }
  const auto refused_after = [&](const char* pointer, const Json& value,
                                 const std::string& message) {
    const std::string before = file_bytes(path_);
    make_consistent(path_, [&](Json& json) { json[Json::json_pointer(pointer)] = value; });
    EXPECT_THAT(
        [&] {
          const ShardReader shard(path_);
          read_labelled_picture(shard, picture_entries(shard.manifest()).front());
        },
        ThrowsMessage<InputError>(HasSubstr(message)))
        << pointer;
    std::ofstream(path_) << before;
  };
  refused_after("/contents/pictures/0/height", 3, "has the shape [2, 1, 2], expected [2, 3, 2]");
  refused_after("/contents/pictures/0/width", std::uint64_t{1} << 62, "/contents/pictures/0/width");
  refused_after("/contents/pictures/0/height", 0, "/height: is 0, expected integer from 1 to");
  refused_after("/contents/pictures/0/index", -1, "/contents/pictures/0/index: is -1");
  refused_after("/contents/pictures/0/index", 1,
                "does not list the image of dataset pictures/00000");
  refused_after("/contents/pictures", Json::array(), "does not list the image of dataset");
  refused_after("/contents/pictures/0/name", "../x", "has the name \"../x\"");
  refused_after("/contents/pictures/0/name", "a\nb", "has the name \"a\\nb\"");
  refused_after("/contents/pictures/0/instances", true,
                "says that image 0 has a dataset instances, its datasets say the reverse");
  refused_after("/contents/pictures/0/labelled", false, "says that image 0 has no dataset label");
  refused_after("/contents/pictures/0/subset", "train set",
                "/subset: is \"train set\", expected one");
  refused_after("/contents/channels", 1, "has the shape [2, 1, 2], expected [1, 1, 2]");
  refused_after("/contents/classes", 3, "label: has the class 3, expected ids below 3");
  refused_after("/contents/classes", "two", "/contents/classes: is \"two\", expected integer from");
}

TEST_F(PictureShard, RefusesAnImageThatIsListedTwice) {
  const auto manifest =
      manifest_of({entry_of(4, "train", true, false), entry_of(4, "test", false, false)});
  EXPECT_THAT([&] { picture_entries(manifest); },
              ThrowsMessage<InputError>(HasSubstr("lists image 4 twice")));
}

TEST_F(PictureShard, RefusesValuesThatAreNotProbabilities) {
  const auto entry = entry_of(2, "test", false, false);
  Picture<float> probability(4, 1, 2);
  probability.values[3] = std::nanf("");
  {
    ShardWriter shard(path_);
    write_probability(shard, entry, probability);
    shard.commit(manifest_of({entry}));
  }
  EXPECT_THAT([&] { read_probability(ShardReader(path_), entry); },
              ThrowsMessage<InputError>(HasSubstr("has the value nan at y = 0, x = 1")));
}

TEST_F(PictureShard, ListsTheEntriesOfTheSubsetsAskedFor) {
  const auto manifest =
      manifest_of({entry_of(0, "train", true, false), entry_of(1, "test", false, false),
                   entry_of(2, "validation", true, false)});
  EXPECT_EQ(picture_entries(manifest).size(), 3u);
  const auto chosen = picture_entries(manifest, {"validation", "test"});
  ASSERT_EQ(chosen.size(), 2u);
  EXPECT_EQ(chosen[0].name, "p1");
  EXPECT_EQ(chosen[1].index, 2);
  EXPECT_TRUE(picture_entries(manifest, {"holdout"}).empty());
}

}  // namespace
}  // namespace unetflow
