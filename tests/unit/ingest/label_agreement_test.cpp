#include "ingest/label_agreement.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
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

LabelTraits traits_of(const PicturePage& page, const LabelConfig& config = {}) {
  return read_labels(page, config, "m.png page 0").traits;
}

TEST(ShownValues, AreThoseInUseWhoseColourNoOtherHas) {
  EXPECT_THAT(shown_values(indices({0, 1, 1}, {kBlack, kWhite, {9, 9, 9}})),
              ElementsAre(Pair(0, 0), Pair(0xffffff, 1)));
  EXPECT_THAT(shown_values(indices({0, 1, 2}, {kBlack, kBlack, kWhite})),
              ElementsAre(Pair(0xffffff, 2)));
  EXPECT_THAT(shown_values(indices({0, 1}, {})), IsEmpty());
}

TEST(LabelAgreement, IsBrokenByPalettesThatContradictEachOther) {
  LabelAgreement labels(", or say so");
  labels.add(traits_of(indices({0, 1}, {kBlack, kWhite})), "a");
  labels.add(traits_of(indices({0, 1}, {kBlack, {255, 0, 0}})), "b");
  EXPECT_THAT(
      [&] {
        labels.add(traits_of(indices({0, 1}, {kWhite, kBlack})), "c");
      },
      ThrowsMessage<InputError>(
          HasSubstr("c: shows the value 1 as #000000, by which a shows 0: expected one "
                    "palette in all labels, or say so")));
}

TEST(LabelAgreement, IsNotAskedOfPalettesWhereValuesAreNamedOrIdsOfCells) {
  const auto white_first = indices({0, 1}, {kWhite, kBlack});
  LabelConfig config;
  config.foreground = 1;
  EXPECT_THAT(traits_of(white_first, config).shown_as, IsEmpty());
  config = {};
  config.kind = "instances";
  EXPECT_THAT(traits_of(white_first, config).shown_as, IsEmpty());
}

TEST(LabelAgreement, IsBrokenByAnotherForeground) {
  LabelAgreement labels("");
  labels.add({.foreground = 255}, "a");
  labels.add({}, "b");
  EXPECT_EQ(labels.foreground(), 255);
  EXPECT_THAT(
      [&] { labels.add({.foreground = 1}, "c"); },
      ThrowsMessage<InputError>(HasSubstr("c: has the foreground 1, expected 255 as in a")));
}

TEST(LabelAgreement, IsBrokenByOneThresholdForTwoTypes) {
  LabelConfig config;
  config.threshold = 0.5;
  PicturePage floats = {.values = Picture<float>(1, 2)};
  LabelAgreement labels("");
  labels.add(traits_of(indices({0, 1}, {}), config), "a");
  EXPECT_THAT([&] { labels.add(traits_of(floats, config), "b"); },
              ThrowsMessage<InputError>(HasSubstr("b: holds floats and a 8-bit integers")));
}

}  // namespace
}  // namespace unetflow
