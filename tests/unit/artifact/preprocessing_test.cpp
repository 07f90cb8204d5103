#include "artifact/preprocessing.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

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

TEST(Preprocessing, OfShardsOfSeveralTypesHasNoRange) {
  const Preprocessed one{"a.json", images().preprocessing};
  EXPECT_EQ(joined(one, images({{"scaling", by_type(65535)}}))["scaling"],
            (Json{{"rule", "dtype"}}));
}

}  // namespace
}  // namespace unetflow
