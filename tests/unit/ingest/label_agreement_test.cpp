#include "ingest/label_agreement.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "ingest/join_objects.hpp"
#include "ingest/labels.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::ThrowsMessage;

PicturePage indices(std::vector<std::uint8_t> values, Palette palette) {
  Picture<std::uint8_t> picture(1, static_cast<Index>(values.size()));
  picture.values = std::move(values);
  return {.values = std::move(picture), .palette = std::move(palette)};
}

constexpr std::array<std::uint8_t, 3> kBlack = {0, 0, 0}, kWhite = {255, 255, 255};

LabelTraits traits_of(const PicturePage& page, const std::string& place,
                      const LabelConfig& config = {}) {
  return read_labels(page, config, place).traits.at(0);
}

TEST(ShownValues, AreThoseInUseWhoseColourNoOtherHas) {
  const auto colours = [](const PicturePage& page, bool binary = false) {
    std::vector<std::uint32_t> all;
    for (const auto& [colour, shown] : shown_values(page, binary)) all.push_back(colour);
    return all;
  };
  EXPECT_THAT(colours(indices({0, 1, 1}, {kBlack, kWhite, {9, 9, 9}})), ElementsAre(0, 0xffffff));
  EXPECT_THAT(colours(indices({0, 1, 2}, {kBlack, kBlack, kWhite})), ElementsAre(0xffffff));
  EXPECT_THAT(colours(indices({0, 1, 2}, {kBlack, kWhite, kWhite}), true),
              ElementsAre(0, 0xffffff));
  EXPECT_THAT(colours(indices({0, 7}, {})), ElementsAre(0, 0x070707));
}

TEST(LabelAgreement, IsBrokenByColoursThatContradictEachOther) {
  LabelAgreement labels("labels", ", or say so");
  labels.add(traits_of(indices({0, 1}, {kBlack, kWhite}), "a"));
  labels.add(traits_of(indices({0, 1}, {kBlack, {255, 0, 0}}), "b"));
  EXPECT_THAT(
      [&] {
        labels.add(traits_of(indices({0, 1}, {kWhite, kBlack}), "c"));
      },
      ThrowsMessage<InputError>(
          HasSubstr("c: shows the value 1 as #000000, by which a shows 0: expected one "
                    "palette in all labels, or say so")));
  // "White is zero", as ImageJ's inverting LUT gives, beside "black is zero".
  LabelAgreement grays("labels", "");
  grays.add(traits_of(indices({0, 255}, {}), "a"));
  Palette inverted;
  for (int value = 255; value >= 0; --value) {
    const auto gray = static_cast<std::uint8_t>(value);
    inverted.push_back({gray, gray, gray});
  }
  EXPECT_THAT(
      [&] {
        grays.add(traits_of(indices({0, 255}, inverted), "b"));
      },
      ThrowsMessage<InputError>(HasSubstr("b: shows the value 255 as #000000, by which a "
                                          "shows 0")));
}

TEST(LabelAgreement, IsNotAskedOfPalettesWhereValuesAreNamedOrIdsOfCells) {
  const auto white_first = indices({0, 1}, {kWhite, kBlack});
  LabelConfig config;
  config.foreground = 1;
  EXPECT_TRUE(traits_of(white_first, "a", config).shown_as.empty());
  config = {};
  config.kind = "instances";
  EXPECT_TRUE(traits_of(white_first, "a", config).shown_as.empty());
}

TEST(LabelAgreement, IsAskedOfEachObject) {
  const std::vector<PicturePage> pages = {indices({0, 1}, {kBlack, kWhite}),
                                          indices({0, 1}, {kWhite, kBlack})};
  Index shared = 0;
  const auto traits = join_objects(pages, {}, {"a", "b"}, shared).traits;
  LabelAgreement labels("labels", "");
  labels.add(traits.at(0));
  EXPECT_THAT([&] { labels.add(traits.at(1)); },
              ThrowsMessage<InputError>(HasSubstr("b: shows the value 1 as #000000")));
}

TEST(LabelAgreement, IsBrokenByAnotherForeground) {
  LabelAgreement labels("labels", "");
  labels.add({.foreground = 255, .place = "a"});
  labels.add({});
  EXPECT_EQ(labels.foreground(), 255);
  EXPECT_THAT(
      [&] { labels.add({.foreground = 1, .place = "c"}); },
      ThrowsMessage<InputError>(HasSubstr("c: has the foreground 1, expected 255 as in a")));
}

TEST(LabelAgreement, IsBrokenByOneThresholdForTwoTypes) {
  LabelConfig config;
  config.threshold = 0.5;
  PicturePage floats = {.values = Picture<float>(1, 2)};
  LabelAgreement labels("labels", "");
  labels.add(traits_of(indices({0, 1}, {}), "a", config));
  EXPECT_THAT([&] { labels.add(traits_of(floats, "b", config)); },
              ThrowsMessage<InputError>(HasSubstr("b: holds floats and a 8-bit integers")));
}

}  // namespace
}  // namespace unetflow
