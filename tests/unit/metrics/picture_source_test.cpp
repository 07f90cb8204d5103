#include "metrics/picture_source.hpp"

#include <gmock/gmock.h>

#include "artifact/picture_shard.hpp"
#include "core/error.hpp"
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
  EXPECT_THAT(picture.classes.values, ElementsAre(1, 1, 2));  // if it is foreground
  EXPECT_THAT(source.baseline(0).foreground.values, ElementsAre(0.5f, 0.5f, 0.5f));
}

/// One cell each, of class 2, made with a threshold that was chosen on these images.
fs::path write_cells(const TemporaryFolder& folder, const std::vector<PictureEntry>& entries,
                     const std::vector<std::int64_t>& chosen_on) {
  ShardWriter shard(folder.path / "segments" / "00000-of-00001.json");
  for (const auto& entry : entries) {
    Picture<std::uint32_t> ids(1, 3);
    Picture<std::uint8_t> classes(1, 3);
    ids.values[2] = 1;
    classes.values[2] = 2;
    write_segments(shard, entry, ids, classes);
  }
  auto manifest = manifest_of("segments", entries);
  manifest.contents["chosen_on"] = chosen_on;
  manifest.contents["rule"] = {{"task", "objects"},
                               {"threshold", 0.5},
                               {"min_size", 0},
                               {"max_hole", 0},
                               {"border", "keep"}};
  shard.commit(manifest);
  return shard.manifest_path();
}

TEST(PredictedShards, GiveTheCellsThatAreDelivered) {
  const TemporaryFolder folder;
  const auto images = write_images(folder, {entry_of(4, "holdout")});
  const auto predictions = write_predictions(folder, "p", {entry_of(4, "holdout")});
  const auto segments = write_cells(folder, {entry_of(4, "holdout")}, {});
  const auto cells = predicted_shards({images, segments}, {"holdout"});
  ASSERT_EQ(cells.count, 1u);
  EXPECT_THAT(cells.read(0).segments.values, ElementsAre(0, 0, 1));
  EXPECT_THAT(cells.read(0).classes.values, ElementsAre(0, 0, 2));
  EXPECT_TRUE(cells.read(0).foreground.values.empty());
  EXPECT_FALSE(cells.probabilities);
  const auto both = predicted_shards({images, predictions, segments}, {"holdout"});
  EXPECT_THAT(both.read(0).segments.values, ElementsAre(0, 0, 1));
  EXPECT_THAT(both.probabilities(0).foreground.values, ElementsAre(0.5f, 0.75f, 0.875f));
}

TEST(PredictedShards, LeaveOutImagesThatTheThresholdWasChosenOn) {
  const TemporaryFolder folder;
  const std::vector<PictureEntry> entries = {entry_of(0, "validation"), entry_of(1, "holdout")};
  const auto images = write_images(folder, entries);
  const auto some = predicted_shards({images, write_cells(folder, entries, {0})}, {});
  ASSERT_EQ(some.count, 1u);
  EXPECT_EQ(some.read(0).index, 1);
  EXPECT_THAT(some.remarks, ElementsAre(HasSubstr("1 images are left out")));
  const auto all = predicted_shards({images, write_cells(folder, entries, {0, 1})}, {});
  EXPECT_EQ(all.count, 2u);
  EXPECT_THAT(all.remarks, ElementsAre(HasSubstr("chosen on the very images")));
}

TEST(PredictedShards, CountWhatHasNoLabels) {
  const TemporaryFolder folder;
  auto unlabelled = entry_of(1, "test");
  unlabelled.labelled = false;
  const auto images = write_images(folder, {entry_of(0, "holdout"), unlabelled});
  const auto predictions = write_predictions(folder, "p", {entry_of(0, "holdout"), unlabelled});
  EXPECT_EQ(predicted_shards({images, predictions}, {"holdout"}).unlabelled, 1u);
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

}  // namespace
}  // namespace unetflow
