#include "ingest/labels.hpp"
#include "ingest/join_objects.hpp"
#include "ingest/smoothed_labels.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A page of `channels` channels, one row each.
template <class T>
PicturePage page_of(std::vector<T> values, Index channels = 1) {
  Picture<T> picture(channels, 1, static_cast<Index>(values.size()) / channels);
  picture.values = std::move(values);
  return {.values = std::move(picture)};
}

std::vector<std::uint8_t> label(const PicturePage& page, const LabelConfig& config = {}) {
  return read_labels(page, config, "m.tif page 0").label.values;
}

void refuses(const PicturePage& page, const LabelConfig& config, const std::string& message) {
  EXPECT_THAT([&] { label(page, config); },
              ThrowsMessage<InputError>(HasSubstr("m.tif page 0: " + message)));
}

/// A disc whose edge is smoothed, from 0 to 255.
PicturePage smoothed_disc() {
  Picture<std::uint8_t> picture(64, 64);
  for (Index y = 0; y < 64; ++y) {
    for (Index x = 0; x < 64; ++x) {
      const double distance = 20 - std::hypot(y - 31.5, x - 31.5);
      picture.plane()(y, x) =
          static_cast<std::uint8_t>(std::clamp(127.5 + 60 * distance, 0.0, 255.0));
    }
  }
  return {.values = std::move(picture)};
}

TEST(BinaryLabels, AreForegroundWhereTheyAreNot0) {
  EXPECT_THAT(label(page_of<std::uint8_t>({0, 255})), ElementsAre(0, 1));
  EXPECT_THAT(label(page_of<std::uint8_t>({1, 0})), ElementsAre(1, 0));
  EXPECT_THAT(label(page_of<std::uint8_t>({1, 1})), ElementsAre(1, 1));
  EXPECT_THAT(label(page_of<float>({0, 1})), ElementsAre(0, 1));
  refuses(page_of<float>({-1, 0}), {},
          "has the label values -1, 0: set labels.foreground to -1 if that is foreground, or");
  refuses(page_of<std::uint8_t>({1, 2}), {}, "has the label values 1, 2: expected 0 and another");
}

TEST(BinaryLabels, HaveTheForegroundThatIsStated) {
  LabelConfig config;
  config.foreground = 7;
  EXPECT_THAT(label(page_of<std::uint8_t>({0, 7, 7}), config), ElementsAre(0, 1, 1));
  config.foreground = 2;
  EXPECT_THAT(label(page_of<std::uint8_t>({1, 2}), config), ElementsAre(0, 1));
  config.foreground = 0;
  EXPECT_THAT(label(page_of<std::uint8_t>({0, 255}), config), ElementsAre(1, 0));
  EXPECT_THAT(label(page_of<std::uint8_t>({255, 255}), config), ElementsAre(0, 0));
  config.foreground = 255;
  refuses(page_of<std::uint8_t>({0, 7}), config, "has the label values 0, 7, expected 0 and");
  refuses(page_of<std::uint8_t>({1, 1}), config, "has the label value 1, expected 0 and");
}

TEST(BinaryLabels, OfThreeValuesAreRefused) {
  refuses(page_of<std::uint8_t>({0, 1, 255}), {}, "has more than two label values (0, 1, 255)");
}

TEST(BinaryLabels, OfAColourAreForeground) {
  EXPECT_THAT(label(page_of<std::uint8_t>({0, 255, 0, 0, 0, 0}, 3)), ElementsAre(0, 1));
}

TEST(ColourLabels, AreNamedByColourAndGraysByEither) {
  LabelConfig config;
  config.kind = "classes";
  config.classes = 3;
  config.values = {{"#000000", 0}, {"255", 1}, {"#ff0000", 2}};
  const auto page = page_of<std::uint8_t>({0, 255, 255, 0, 255, 0, 0, 255, 0}, 3);
  EXPECT_THAT(label(page, config), ElementsAre(0, 1, 2));
  // The number 255 is white, in gray pages, too, and never blue.
  EXPECT_THAT(label(page_of<std::uint8_t>({0, 255}), config), ElementsAre(0, 1));
  refuses(page_of<std::uint8_t>({0, 0, 0, 0, 0, 255}, 3), config, "has the label value #0000ff");
}

TEST(ColourLabels, OfAPaletteGoByNumberUntilAColourIsNamed) {
  PicturePage page = page_of<std::uint8_t>({0, 1, 2});
  page.palette = {{0, 0, 0}, {255, 0, 0}, {0, 255, 0}};
  LabelConfig config;
  config.kind = "classes";
  config.classes = 3;
  EXPECT_THAT(label(page, config), ElementsAre(0, 1, 2));
  config.values = {{"#00ff00", 1}, {"#ff0000", 2}, {"0", 0}};
  EXPECT_THAT(label(page, config), ElementsAre(0, 2, 1));
  config.values = Json::object();
  config.ignore = "#ff0000";
  refuses(page, config, "has the class #00ff00, expected ids below 3");
}

TEST(ColourLabels, NameNoValueTwice) {
  LabelConfig config;
  config.kind = "classes";
  config.values = {{"255", 1}, {"#ffffff", 0}};
  EXPECT_THAT([&] { check_labels(config, "a.json"); },
              ThrowsMessage<InputError>(HasSubstr("a.json at /labels/values: names one value "
                                                  "twice")));
}

TEST(ThresholdLabels, AreOfATypeThatReachesIt) {
  LabelConfig config;
  config.threshold = 128;
  PicturePage page = page_of<std::uint8_t>({0, 1});
  page.bits = 1;
  refuses(page, config, "holds 1-bit integers, which never reach labels.threshold, 128");
  page.bits = 8;
  EXPECT_THAT(label(page, config), ElementsAre(0, 0));
  config.threshold = 0.5;
  EXPECT_THAT(label(page, config), ElementsAre(0, 1));
  refuses(page_of<std::uint8_t>({0, 9, 200}), config, "has values up to 200, of which labels.thr");
}

TEST(ThresholdLabels, OfNumbersOfColoursGoByTheColours) {
  PicturePage page = page_of<std::uint8_t>({0, 1, 2, 3});
  page.indexed = true;
  page.palette = {{255, 255, 255}, {0, 0, 0}, {200, 200, 200}, {255, 0, 0}};
  LabelConfig config;
  config.threshold = 128;
  refuses(page, config, "has colours, which labels.threshold does not tell apart");
  config.ignore = "#ff0000";
  EXPECT_THAT(label(page, config), ElementsAre(1, 0, 1, kIgnored));
}

TEST(SmoothedLabels, AreRefusedAsSuch) {
  refuses(smoothed_disc(), {}, "has values in between along its edges");
  LabelConfig config;
  for (const char* kind : {"instances", "classes"}) {
    config.kind = kind;
    config.classes = 254;
    refuses(smoothed_disc(), config, "has values in between along its edges");
  }
}

/// A square of 255, and along its edges what a JPEG of high quality leaves: values near 0 and 255
/// that change from pixel to pixel.
Picture<std::int64_t> ringing_square() {
  Picture<std::int64_t> values(64, 64);
  for (Index y = 0; y < 64; ++y) {
    for (Index x = 0; x < 64; ++x) {
      const bool inside = y >= 20 && y < 44 && x >= 20 && x < 44;
      const bool at_edge = std::abs(std::abs(2 * x - 63) - 24) <= 8 && y >= 16 && y < 48;
      const Index noise = at_edge ? (7 * x + 3 * y + x * y) % 9 : 0;
      values.plane()(y, x) = inside ? 255 - noise : noise;
    }
  }
  return values;
}

TEST(SmoothedLabels, MayChangeFromPixelToPixel) {
  Picture<std::int64_t> values = ringing_square();
  EXPECT_TRUE(is_smoothed(values.plane()));
  for (auto& value : values.values) value = value > 127 ? 255 : 0;
  EXPECT_FALSE(is_smoothed(values.plane()));
}

TEST(SmoothedLabels, AreNotCellsOfOnePixel) {
  Picture<std::int64_t> dots(64, 64);
  for (Index i = 0; i < 100; ++i) dots.plane()(i / 10 * 6 + 2, i % 10 * 6 + 2) = i + 1;
  EXPECT_FALSE(is_smoothed(dots.plane()));
}

TEST(SmoothedLabels, AreCutAtAThreshold) {
  LabelConfig config;
  config.threshold = 128;
  auto page = smoothed_disc();
  page.lossy = true;
  const auto cut = read_labels(page, config, "m");
  EXPECT_EQ(cut.label.plane()(31, 31), 1);
  EXPECT_EQ(cut.label.plane()(31, 11), 0);
  EXPECT_EQ(cut.label.plane()(31, 12), 1);
  config.threshold = 0.5;
  EXPECT_THAT(label(page_of<float>({0.2f, 0.5f, 1}), config), ElementsAre(0, 1, 1));
  config.threshold = 100;
  EXPECT_THAT(label(page_of<std::uint8_t>({100, 90, 102, 90, 98, 90}, 3), config),
              ElementsAre(1, 0));
}

TEST(SmoothedLabels, AreIgnoredBeforeTheyAreCutAtAThreshold) {
  LabelConfig config;
  config.threshold = 100;
  config.ignore = {255, "#010203"};
  EXPECT_THAT(label(page_of<std::uint8_t>({0, 99, 100, 255}), config),
              ElementsAre(0, 0, 1, kIgnored));
  EXPECT_THAT(label(page_of<std::uint8_t>({1, 200, 255, 2, 200, 255, 3, 200, 255}, 3), config),
              ElementsAre(kIgnored, 1, kIgnored));
  auto page = page_of<std::uint8_t>({0, 255});
  page.lossy = true;
  refuses(page, config, "is compressed in a way that changes label values (JPEG), so that");
}

TEST(Labels, OfObjectsAreNotOverwrittenByWhatIsIgnored) {
  LabelConfig config;
  config.kind = "objects";
  config.ignore = 9;
  Index shared = 0;
  const auto labels =
      join_objects({page_of<std::uint8_t>({1, 1, 9, 0}), page_of<std::uint8_t>({0, 9, 1, 9})},
                   config, {"a", "b"}, shared);
  EXPECT_THAT(labels.label.values, ElementsAre(1, 1, 1, kIgnored));
  EXPECT_THAT(labels.instances.values, ElementsAre(1, 1, 2, 0));
  EXPECT_EQ(shared, 0);
}

TEST(Labels, OfLossyCompressionAreRefused) {
  auto page = page_of<std::uint8_t>({0, 255});
  page.lossy = true;
  refuses(page, {}, "is compressed in a way that changes label values (JPEG)");
  EXPECT_THAT([&] { label_values(page, "a"); }, ThrowsMessage<InputError>(HasSubstr("(JPEG)")));
}

TEST(Labels, OfWholeFloatsAndSignedValuesAreTaken) {
  LabelConfig config;
  config.kind = "instances";
  const auto cells = read_labels(page_of<float>({0, 7, 300}), config, "m");
  EXPECT_THAT(cells.instances.values, ElementsAre(0, 7, 300));
  EXPECT_THAT(cells.label.values, ElementsAre(0, 1, 1));
  refuses(page_of<float>({0, 0.5f}), config, "has the label 0.5 at y = 0, x = 1, expected whole");
  refuses(page_of<float>({0, 16777218.f}), config, "has the label 16777218 at");
  refuses(page_of<float>({-1, 3}), config,
          "has the label -1, expected ids from 0 on; if it is what is not annotated, set "
          "labels.ignore to -1");
}

TEST(Labels, OfRgbAreGrayWhereAllChannelsAgree) {
  LabelConfig config;
  config.kind = "instances";
  EXPECT_THAT(
      read_labels(page_of<std::uint8_t>({0, 9, 0, 9, 0, 9}, 3), config, "m").instances.values,
      ElementsAre(0, 9));
  refuses(page_of<std::uint8_t>({1, 2}, 2), config, "has 2 channels, expected one");
}

TEST(Labels, IgnoreWhatIsNotAnnotated) {
  LabelConfig config;
  config.ignore = -1;
  EXPECT_THAT(label(page_of<float>({-1, 0, 1}), config), ElementsAre(kIgnored, 0, 1));
  config.kind = "instances";
  const auto cells = read_labels(page_of<float>({-1, 0, 7}), config, "m");
  EXPECT_THAT(cells.label.values, ElementsAre(kIgnored, 0, 1));
  EXPECT_THAT(cells.instances.values, ElementsAre(0, 0, 7));
  config = {};
  config.kind = "classes";
  config.ignore = Json::array({0, 9});
  config.values = {{"1", 0}, {"2", 1}};
  EXPECT_THAT(label(page_of<std::uint8_t>({0, 9, 1, 2}), config),
              ElementsAre(kIgnored, kIgnored, 0, 1));
}

TEST(ClassLabels, BeyondTheirNumberAreRefusedWithTheMapToWrite) {
  LabelConfig config;
  config.kind = "classes";
  config.classes = 3;
  EXPECT_THAT(label(page_of<std::uint8_t>({0, 1, 2}), config), ElementsAre(0, 1, 2));
  refuses(
      page_of<std::uint8_t>({0, 50, 100}), config,
      "has the class 50, expected ids below 3 (labels.classes); or say what its values mean, as "
      "in \"values\": {\"0\": 0, \"50\": 1, \"100\": 2}");
  refuses(
      page_of<std::uint8_t>({0, 255, 0, 0, 0, 0}, 3), config,
      "has the class #ff0000, expected ids below 3 (labels.classes); or say what its values mean, "
      "as in \"values\": {\"#000000\": 0, \"#ff0000\": 1}");
}

TEST(ClassLabels, FollowTheStatedMap) {
  LabelConfig config;
  config.kind = "classes";
  config.classes = 3;
  config.values = {{"0", 0}, {"50", 1}, {"100", 2}};
  EXPECT_THAT(label(page_of<std::uint8_t>({100, 0, 50}), config), ElementsAre(2, 0, 1));
  refuses(page_of<std::uint8_t>({0, 51}), config, "has the label value 51, which labels.values");
  config.values = {{"#000000", 0}, {"#ff0000", 2}};
  EXPECT_THAT(label(page_of<std::uint8_t>({0, 255, 0, 0, 0, 0}, 3), config), ElementsAre(0, 2));
}

TEST(Labels, ThatOnlyTransparencyTellsApartAreRefused) {
  auto page = page_of<std::uint8_t>({255, 255, 255, 0}, 2);
  page.alpha = 1;
  refuses(page, {}, "is transparent (alpha) in some pixels of one colour");
  page = page_of<std::uint8_t>({0, 255, 0, 255}, 2);
  page.alpha = 1;
  EXPECT_THAT(label(page), ElementsAre(0, 1));
}

TEST(ObjectLabels, BecomeInstances) {
  Index shared = 0;
  LabelConfig config;
  config.kind = "objects";
  const auto cells = join_objects(
      {page_of<std::uint8_t>({255, 255, 0, 0}), page_of<std::uint8_t>({0, 255, 255, 0})}, config,
      {"a", "b"}, shared);
  EXPECT_THAT(cells.instances.values, ElementsAre(1, 2, 2, 0));
  EXPECT_THAT(cells.label.values, ElementsAre(1, 1, 1, 0));
  EXPECT_EQ(shared, 1);
}

TEST(LabelConfig, IsRefusedWhereItContradictsItself) {
  const auto refused = [](const char* text, const std::string& message) {
    const auto config = Json::parse(text).get<LabelConfig>();
    EXPECT_THAT([&] { check_labels(config, "ingest.json"); },
                ThrowsMessage<InputError>(HasSubstr("ingest.json at /labels/" + message)));
  };
  Json whole = LabelConfig();
  const auto with = [&](const Json& patch) {
    Json json = whole;
    json.update(patch);
    return json.dump();
  };
  refused(with({{"foreground", "red"}}).c_str(), "foreground: is \"red\"");
  refused(with({{"ignore", Json::array({"#ff"})}}).c_str(), "ignore: has \"#ff\"");
  refused(with({{"values", {{"0", 2}}}}).c_str(), "values: gives \"0\" the class 2");
  refused(with({{"names", {"a"}}}).c_str(), "names: has 1 names, expected 2");
  EXPECT_NO_THROW(check_labels({}, "ingest.json"));
}

}  // namespace
}  // namespace unetflow
