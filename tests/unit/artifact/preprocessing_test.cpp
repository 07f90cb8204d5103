#include "artifact/preprocessing.hpp"

#include <gmock/gmock.h>

#include "artifact/artifact_writer.hpp"
#include "artifact/picture_shard.hpp"
#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::ThrowsMessage;

Json by_type(double high) { return {{"rule", "dtype"}, {"range", {0, high}}}; }
Json by_range(double low, double high) { return {{"rule", "range"}, {"range", {low, high}}}; }
Json by_percentiles(double low, double high) {
  return {{"rule", "percentiles"}, {"percentiles", {low, high}}};
}

Preprocessed images(const Json& changes = Json::object()) {
  Preprocessed said{"images.json",
                    {{"scaling", by_type(255)},
                     {"channels", 1},
                     {"pixel_size_um", {0.5, 0.25}},
                     {"classes", 2},
                     {"labels", {{"kind", "binary"}}}}};
  said.preprocessing.update(changes);
  return said;
}
Preprocessed model(const Json& changes = Json::object()) {
  Preprocessed said = images(changes);
  said.name = "model.json";
  return said;
}

TEST(Preprocessing, IsAPartOfAManifestsContents) {
  const Json contents = {{"channels", 3}, {"pictures", Json::array()}, {"scaling", by_type(1)}};
  EXPECT_EQ(preprocessing_of(contents), (Json{{"channels", 3}, {"scaling", by_type(1)}}));
}

TEST(Preprocessing, OfEqualImagesIsAlike) {
  EXPECT_NO_THROW(check_alike(images(), model()));
  EXPECT_EQ(not_compared(images(), model()), std::nullopt);
}

TEST(Preprocessing, KnowsPixelsThatAreNotSquare) {
  EXPECT_THAT(oblong_pixels(images()), Optional(std::string("has pixels of 0.5 x 0.25 um (y, x), "
                                                            "which are not square")));
  EXPECT_EQ(oblong_pixels(images({{"pixel_size_um", {0.5, 0.5}}})), std::nullopt);
  EXPECT_EQ(oblong_pixels(images({{"pixel_size_um", Json::array()}})), std::nullopt);
}

TEST(Preprocessing, AnotherRuleOrRangeOfGrayValuesIsAnotherScaling) {
  EXPECT_THAT(other_scaling(images({{"scaling", by_percentiles(0.5, 99.5)}}), model()),
              Optional(std::string("has gray values that were scaled by percentiles, 0.5 to 99.5, "
                                   "expected by their type, 0 to 255 as in model.json")));
  EXPECT_TRUE(other_scaling(images({{"scaling", by_type(65535)}}), model()));
  EXPECT_TRUE(other_scaling(images({{"scaling", by_range(0, 4095)}}), model()));
  EXPECT_TRUE(other_scaling(images({{"scaling", by_percentiles(1, 99)}}),
                            model({{"scaling", by_percentiles(0.5, 99.5)}})));
}

TEST(Preprocessing, ARangeIsTheSameWhetherStatedOrOfTheType) {
  EXPECT_FALSE(other_scaling(images({{"scaling", by_range(0, 255)}}), model()));
  // That of several types is not known.
  EXPECT_FALSE(other_scaling(images(), model({{"scaling", {{"rule", "dtype"}}}})));
}

TEST(Preprocessing, ChannelsDifferInNumberOrInName) {
  const Json two = {{"channels", 2}, {"channel_names", {"DAPI", "GFP"}}};
  EXPECT_THAT(other_channels(images(two), model()),
              Optional(std::string("has images of 2 channels (DAPI, GFP), expected 1 channel as in "
                                   "model.json")));
  EXPECT_THAT(
      other_channels(images({{"channels", 2}, {"channel_names", {"GFP", "DAPI"}}}), model(two)),
      Optional(HasSubstr("(GFP, DAPI), expected 2 channels (DAPI, GFP)")));
  EXPECT_FALSE(other_channels(images({{"channels", 2}}), model(two)));
}

TEST(Preprocessing, PixelSizesMayDifferByAFraction) {
  EXPECT_FALSE(other_pixel_size(images({{"pixel_size_um", {0.52, 0.24}}}), model()));
  EXPECT_THAT(other_pixel_size(images({{"pixel_size_um", {0.5, 0.27}}}), model()),
              Optional(std::string("has pixels of 0.5 x 0.27 um (y, x), expected 0.5 x 0.25 as in "
                                   "model.json")));
  EXPECT_THAT(pixel_ratio(images({{"pixel_size_um", {1, 0.125}}}), model()),
              Optional(ElementsAre(2, 0.5)));
}

TEST(Preprocessing, WhatIsNotSaidIsNotComparedAndIsTold) {
  for (const Json& unknown : {Json(), Json::array()}) {
    const auto silent = images({{"pixel_size_um", unknown}});
    EXPECT_FALSE(other_pixel_size(silent, model()));
    EXPECT_FALSE(pixel_ratio(model(), silent));
    EXPECT_THAT(not_compared(silent, model()),
                Optional(std::string("images.json does not say a pixel size: not compared")));
  }
  // A model from before there was any of this.
  const Preprocessed old{"model.json", Json::object()};
  EXPECT_NO_THROW(check_alike(images(), old));
  EXPECT_THAT(
      not_compared(images(), old),
      Optional(std::string("model.json does not say how gray values were scaled; model.json "
                           "does not say a pixel size: not compared")));
}

TEST(Preprocessing, OfLabelsIsHowManyClassesTheyHave) {
  EXPECT_THAT(other_labels(images({{"classes", 3}, {"labels", {{"kind", "classes"}}}}), model()),
              Optional(std::string("has labels of 3 classes (classes), expected 2 classes (binary) "
                                   "as in model.json")));
  // Cells with ids are a foreground, too.
  EXPECT_FALSE(other_labels(images({{"labels", {{"kind", "instances"}}}}), model()));
  // Images without labels have no classes.
  EXPECT_FALSE(other_labels({"images.json", {{"classes", 2}}}, model({{"classes", 3}})));
}

TEST(Preprocessing, OfRimAndCoreIsOneClassOfCells) {
  const auto cells = model({{"classes", 3}, {"rim", 8}});
  EXPECT_FALSE(other_labels(images(), cells));
  EXPECT_THAT(other_labels(images({{"classes", 3}}), cells),
              Optional(HasSubstr("has labels of 3 classes (binary), expected 3 classes")));
  EXPECT_THAT(other_labels(images({{"classes", 3}, {"rim", 4}}), cells),
              Optional(std::string("has cells with rims of 4 px, expected 8 as in model.json")));
}

TEST(Preprocessing, OfShardsThatContradictEachOtherIsRefused) {
  const Preprocessed one{"a.json", images().preprocessing};
  EXPECT_EQ(joined(one, images()), one.preprocessing);
  EXPECT_THAT(
      [&] {
        joined(one, images({{"scaling", by_percentiles(0.5, 99.5)}}));
      },
      ThrowsMessage<InputError>(
          AllOf(HasSubstr("images.json: has gray values"), HasSubstr("as in a.json"))));
  EXPECT_THAT(
      [&] {
        joined(one, images({{"pixel_size_um", {1, 1}}}));
      },
      ThrowsMessage<InputError>(HasSubstr("has pixels of 1 x 1 um")));
}

TEST(Preprocessing, OfShardsIsWhatAnyOfThemSays) {
  Preprocessed unlabelled{"a.json", images().preprocessing};
  unlabelled.preprocessing.erase("labels");
  const auto classes = images({{"classes", 3}, {"labels", {{"kind", "classes"}}}});
  EXPECT_EQ(joined(unlabelled, classes), classes.preprocessing);
}

TEST(Preprocessing, OfShardsHasOneForegroundAndOneOrderOfChannels) {
  const auto of = [](int foreground) {
    return images({{"labels", {{"kind", "binary"}, {"foreground", foreground}}}});
  };
  EXPECT_NO_THROW(joined(of(255), of(255)));
  EXPECT_NO_THROW(joined(of(255), images()));
  EXPECT_THAT([&] { joined(of(255), of(1)); },
              ThrowsMessage<InputError>(HasSubstr("has labels whose foreground is 1, expected 255 "
                                                  "as in images.json")));
  EXPECT_FALSE(other_labels(of(255), of(1)));  // a model takes both
  const Json two = {{"channels", 2}, {"channel_names", {"DAPI", "GFP"}}};
  const auto others = images({{"channels", 2}, {"channel_names", {"Hoechst", "GFP"}}});
  EXPECT_FALSE(other_channels(others, model(two)));
  EXPECT_THAT(other_channel_names(others, model(two)),
              Optional(std::string("has images of 2 channels (Hoechst, GFP), model.json of 2 "
                                   "channels (DAPI, GFP): do they mean the same?")));
}

/// An images shard with one image, or none.
fs::path shard_of(const TemporaryFolder& folder, const std::string& name, const Json& config,
                  bool empty = false) {
  Manifest manifest;
  manifest.kind = "images";
  manifest.stage = "ingest";
  manifest.config = config;
  manifest.contents = images().preprocessing;
  manifest.contents["channels"] = empty ? 0 : 1;
  manifest.contents["pictures"] = Json::array();
  if (!empty) {
    manifest.contents["pictures"].push_back(
        PictureEntry{0, "0", "train", 4, 5, false, false, "0.png"});
  }
  ArtifactWriter writer(folder.path / name);
  writer.commit(manifest);
  return folder.path / name;
}

TEST(Preprocessing, OfShardsOfOneSetComesFromOneConfiguration) {
  const TemporaryFolder folder;
  const Json config = {{"labels", {{"ignore", 255}}}};
  const auto first = shard_of(folder, "00000-of-00003.json", config);
  const auto none = shard_of(folder, "00001-of-00003.json", Json::object(), true);
  const auto other = shard_of(folder, "00002-of-00003.json", {{"labels", {{"ignore", 7}}}});
  EXPECT_NO_THROW(check_one_set({first, none, first}));
  EXPECT_THAT(
      [&] {
        check_one_set({first, none, other});
      },
      ThrowsMessage<InputError>(
          AllOf(HasSubstr("00002-of-00003.json: was made with /labels/ignore 7, expected "
                          "255 as in "),
                HasSubstr("00000-of-00003.json, another shard of the same images"))));
}

TEST(Preprocessing, OfShardsOfSeveralTypesHasNoRange) {
  const Preprocessed one{"a.json", images().preprocessing};
  EXPECT_EQ(joined(one, images({{"scaling", by_type(65535)}}))["scaling"],
            (Json{{"rule", "dtype"}}));
}

}  // namespace
}  // namespace unetflow
