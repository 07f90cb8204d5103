#include "metrics/picture_source.hpp"

#include <gmock/gmock.h>

#include "artifact/picture_shard.hpp"
#include "core/error.hpp"
#include "image/write_picture.hpp"
#include "pictures.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Manifest manifest_of(const std::string& kind, const std::vector<PictureEntry>& entries) {
  Manifest manifest;
  manifest.kind = kind;
  manifest.stage = "test";
  manifest.config = Json::object();
  manifest.contents = {{"pictures", entries}, {"classes", 3}, {"channels", 2}};
  return manifest;
}

PictureEntry entry_of(std::int64_t index, const std::string& subset) {
  return {index, "p" + std::to_string(index), subset, 1, 3, true, false};
}

/// Pictures [2, 1, 3] with gray values 0.25 and 0.75 and the label 0 1 2.
fs::path write_images(const TemporaryFolder& folder, const std::vector<PictureEntry>& entries) {
  ShardWriter shard(folder.path / "images" / "00000-of-00001.json");
  for (const auto& entry : entries) {
    LabelledPicture picture{{2, 1, 3}, {1, 3}, {}};
    picture.input.values = {0.25f, 0.25f, 0.25f, 0.75f, 0.75f, 0.75f};
    picture.label.values = {0, 1, 2};
    write_picture(shard, entry, picture);
  }
  shard.commit(manifest_of("images", entries));
  return folder.path / "images" / "00000-of-00001.json";
}

fs::path write_predictions(const TemporaryFolder& folder, const std::string& name,
                           const std::vector<PictureEntry>& entries) {
  ShardWriter shard(folder.path / name / "00000-of-00001.json");
  for (const auto& entry : entries) {
    Picture<float> probability(3, 1, 3);
    probability.values = {0.5f, 0.25f, 0.125f, 0.25f, 0.5f, 0.125f, 0.25f, 0.25f, 0.75f};
    write_probability(shard, entry, probability);
  }
  shard.commit(manifest_of("predictions", entries));
  return folder.path / name / "00000-of-00001.json";
}

TEST(PredictedShards, OfAnotherPictureOrOtherClassesAreRefused) {
  const TemporaryFolder folder;
  const auto images = write_images(folder, {entry_of(4, "holdout")});
  auto other = entry_of(4, "holdout");
  other.name = "another";
  EXPECT_THAT(
      [&] {
        predicted_shards({images, write_predictions(folder, "a", {other})}, {});
      },
      ThrowsMessage<InputError>(HasSubstr("predicts image another where")));
  ShardWriter shard(folder.path / "b" / "00000-of-00001.json");
  auto manifest = manifest_of("predictions", {});
  manifest.contents["classes"] = 4;
  shard.commit(manifest);
  EXPECT_THAT(
      [&] {
        predicted_shards({images, folder.path / "b" / "00000-of-00001.json"}, {});
      },
      ThrowsMessage<InputError>(
          HasSubstr("b/00000-of-00001.json: has 4 classes, expected 3 like")));
}

TEST(PredictedShards, GiveForegroundAndTheMostProbableClass) {
  const TemporaryFolder folder;
  const auto images = write_images(folder, {entry_of(4, "holdout")});
  const auto predictions = write_predictions(folder, "predictions", {entry_of(4, "holdout")});
  const auto source = predicted_shards({images, predictions}, {"holdout"});
  ASSERT_EQ(source.count, 1u);
  const auto picture = source.read(0);
  EXPECT_EQ(picture.name, "p4");
  EXPECT_EQ(picture.index, 4);
  EXPECT_EQ(picture.class_count, 3);
  EXPECT_THAT(picture.label.values, ElementsAre(0, 1, 2));
  EXPECT_THAT(picture.foreground.values, ElementsAre(0.5f, 0.75f, 0.875f));
  EXPECT_THAT(picture.classes.values, ElementsAre(0, 1, 2));
  EXPECT_THAT(source.baseline(0).foreground.values, ElementsAre(0.5f, 0.5f, 0.5f));
}

TEST(PredictedShards, JoinTheFoldsOfACrossValidation) {
  // The images know no folds; each prediction names its own subset.
  const TemporaryFolder folder;
  const auto images =
      write_images(folder, {entry_of(0, "train"), entry_of(1, "train"), entry_of(2, "holdout")});
  const auto first =
      write_predictions(folder, "a", {entry_of(1, "validation"), entry_of(2, "test")});
  const auto second = write_predictions(folder, "b", {entry_of(0, "validation")});
  const auto source = predicted_shards({images, first, second}, {"validation"});
  ASSERT_EQ(source.count, 2u);
  EXPECT_EQ(source.read(0).index, 0);
  EXPECT_EQ(source.read(1).index, 1);
}

TEST(PredictedShards, RefuseAPicturePredictedTwice) {
  const TemporaryFolder folder;
  const auto images = write_images(folder, {entry_of(0, "holdout")});
  const auto first = write_predictions(folder, "a", {entry_of(0, "holdout")});
  const auto second = write_predictions(folder, "b", {entry_of(0, "holdout")});
  EXPECT_THAT(
      [&] {
        predicted_shards({images, first, second}, {"holdout"});
      },
      ThrowsMessage<InputError>(HasSubstr("predicts image p0, which")));
}

TEST(PredictedShards, RefuseAPredictionOfAPictureThatIsNotGiven) {
  const TemporaryFolder folder;
  auto unlabelled = entry_of(1, "test");
  unlabelled.labelled = false;
  const auto images = write_images(folder, {entry_of(0, "holdout"), unlabelled});
  const auto known = write_predictions(folder, "a", {entry_of(0, "holdout"), unlabelled});
  EXPECT_EQ(predicted_shards({images, known}, {"holdout", "test"}).count, 1u);
  const auto unknown = write_predictions(folder, "b", {entry_of(2, "holdout")});
  EXPECT_THAT(
      [&] {
        predicted_shards({images, unknown}, {"holdout"});
      },
      ThrowsMessage<InputError>(HasSubstr("predicts image p2, which is in none")));
}

TEST(PredictedShards, RefuseArtifactsOfOtherKinds) {
  const TemporaryFolder folder;
  ArtifactWriter report(folder.path / "report.json");
  report.commit(manifest_of("report", {}));
  EXPECT_THAT([&] { predicted_shards({folder.path / "report.json"}, {}); },
              ThrowsMessage<InputError>(HasSubstr("is an artifact of kind \"report\"")));
}

TEST(ExternalStacks, ScaleByTheTypesLargestValue) {
  const TemporaryFolder folder;
  const std::uint8_t label[] = {0, 1, 255}, bytes[] = {0, 51, 255};
  const std::uint16_t words[] = {0, 13107, 65535};
  const float floats[] = {0, 0.2f, 1};
  write_png(folder.path / "label.png", Plane<const std::uint8_t>(label, 1, 3));
  write_png(folder.path / "bytes.png", Plane<const std::uint8_t>(bytes, 1, 3));
  const Plane<const std::uint16_t> word_page(words, 1, 3);
  write_tiff<std::uint16_t>(folder.path / "words.tif", {&word_page, 1});
  const Plane<const float> page(floats, 1, 3);
  write_tiff<float>(folder.path / "floats.tif", {&page, 1});
  for (const char* name : {"bytes.png", "words.tif", "floats.tif"}) {
    const auto source =
        external_stacks((folder.path / "label.png").string(), (folder.path / name).string(), false);
    ASSERT_EQ(source.count, 1u);
    const auto picture = source.read(0);
    EXPECT_THAT(picture.label.values, ElementsAre(0, 1, 1));
    EXPECT_THAT(picture.foreground.values, ElementsAre(0, 0.2f, 1)) << name;
    EXPECT_TRUE(picture.instances.values.empty());
    EXPECT_FALSE(source.baseline);
  }
}

TEST(ExternalStacks, MayHoldInstances) {
  const TemporaryFolder folder;
  const std::uint16_t ids[] = {0, 700, 2};
  const Plane<const std::uint16_t> page(ids, 1, 3);
  write_tiff<std::uint16_t>(folder.path / "ids.tif", {&page, 1});
  const std::string file = (folder.path / "ids.tif").string();
  EXPECT_THAT(external_stacks(file, file, true).read(0).instances.values, ElementsAre(0, 700, 2));
}

TEST(ExternalStacks, MayBePagesOrFilesInNaturalOrder) {
  const TemporaryFolder folder;
  const std::uint8_t first[] = {9}, second[] = {0};
  const std::vector<Plane<const std::uint8_t>> pages = {{first, 1, 1}, {second, 1, 1}};
  write_tiff<std::uint8_t>(folder.path / "stack.tif", pages);
  fs::create_directory(folder.path / "files");
  write_png(folder.path / "files" / "9.png", pages[0]);
  write_png(folder.path / "files" / "10.png", pages[1]);
  for (const std::string predictions : {"files", "files/*.png"}) {
    const auto source = external_stacks((folder.path / "stack.tif").string(),
                                        (folder.path / predictions).string(), false);
    ASSERT_EQ(source.count, 2u);
    for (size_t i = 0; i < 2; ++i) {
      const auto picture = source.read(i);
      EXPECT_EQ(picture.label.values[0] > 0, picture.foreground.values[0] > 0) << i;
    }
  }
}

TEST(ExternalStacks, MayBeADatasetOfAnHdf5File) {
  const TemporaryFolder folder;
  ShardWriter shard(folder.path / "00000-of-00001.json");  // an HDF5 file like any other
  shard.write_whole<float>("probability", {3, 1, 3}, std::vector<float>(9, 0.25f),
                           {{"page", "y", "x"}, "1", "of a test"});
  Manifest manifest;
  manifest.kind = "pictures";
  manifest.stage = "test";
  manifest.config = Json::object();
  shard.commit(manifest);
  const std::string dataset = (folder.path / "00000-of-00001.h5:probability").string();
  const auto source = external_stacks(dataset, dataset, false);
  ASSERT_EQ(source.count, 3u);
  EXPECT_THAT(source.read(1).foreground.values, ElementsAre(0.25f, 0.25f, 0.25f));
  ASSERT_EQ(source.files.size(), 2u);
  EXPECT_EQ(source.files[0].extension(), ".h5");
  EXPECT_THAT([&] { external_stacks(dataset + "s", dataset, false); },
              ThrowsMessage<InputError>(HasSubstr("dataset probabilitys: is missing")));
}

}  // namespace
}  // namespace unetflow
