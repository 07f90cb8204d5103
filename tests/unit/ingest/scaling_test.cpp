#include "ingest/scaling.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A page of one row.
template <class T>
PicturePage page_of(std::vector<T> values, int bits = 0, bool is_signed = false) {
  Picture<T> picture(1, static_cast<Index>(values.size()));
  picture.values = std::move(values);
  return {.values = std::move(picture), .bits = bits, .is_signed = is_signed};
}

std::vector<float> scaled_values(const PicturePage& page, const ScalingConfig& config = {}) {
  return scaled(page, config, "a.tif page 0").input.values;
}

TEST(Scaling, DividesByTheLargestValueOfAnUnsignedType) {
  EXPECT_THAT(scaled_values(page_of<std::uint16_t>({0, 65535, 13107})), ElementsAre(0, 1, 0.2f));
  EXPECT_THAT(scaled_values(page_of<std::uint8_t>({0, 1}, 1)), ElementsAre(0, 1));
  EXPECT_THAT(scaled_values(page_of<float>({-1.5f, 7})), ElementsAre(-1.5f, 7));
}

TEST(Scaling, RefusesTypesThatDoNotSayTheirScale) {
  for (const auto& page :
       {page_of<float>({-1, 4095}, 16, true), page_of<float>({0, 4095}, 16, true),
        page_of<std::uint32_t>({0, 4095}, 32, true), page_of<std::uint32_t>({0, 4095}),
        page_of<std::uint32_t>({0, 4095}, 64)}) {
    EXPECT_THAT(
        [&] { scaled_values(page); },
        ThrowsMessage<InputError>(AllOf(HasSubstr("a.tif page 0: has "), HasSubstr("to 4095"),
                                        HasSubstr("\"rule\": \"range\""))));
  }
}

TEST(Scaling, GivesAllTypesTheStatedRange) {
  const ScalingConfig config = {"range", {0, 4095}, {}};
  for (const auto& page :
       {page_of<float>({0, 4095, -1}, 64, true), page_of<float>({0, 4095, -1})}) {
    EXPECT_THAT(scaled_values(page, config), ElementsAre(0, 1, FloatEq(-1 / 4095.f)));
  }
  EXPECT_THAT(scaled_values(page_of<std::uint32_t>({0, 4095, 819}, 64, true), config),
              ElementsAre(0, 1, 0.2f));
}

TEST(Scaling, MakesPercentilesZeroAndOne) {
  // The quartiles of 10 ... 50 are 20 and 40.
  EXPECT_THAT(scaled_values(page_of<float>({50, 10, 20, 30, 40}), {"percentiles", {}, {25, 75}}),
              ElementsAre(FloatNear(1.5f, 1e-6f), -0.5f, 0.f, 0.5f, 1.f));
}

TEST(Scaling, TakesLowestAndHighestWherePercentilesCoincide) {
  std::vector<std::uint16_t> values(1000, 100);
  values[7] = 40100;
  const auto scaled = scaled_values(page_of(values), {"percentiles", {}, {0.5, 99.5}});
  EXPECT_EQ(scaled[0], 0);
  EXPECT_EQ(scaled[7], 1);
  EXPECT_THAT(scaled_values(page_of<std::uint8_t>({9, 9}), {"percentiles", {}, {0.5, 99.5}}),
              ElementsAre(0, 0));
}

TEST(Scaling, NamesThePixelThatIsNoNumber) {
  EXPECT_THAT(
      [&] {
        scaled_values(page_of<float>({1, 2, std::numeric_limits<float>::quiet_NaN()}));
      },
      ThrowsMessage<InputError>(HasSubstr("a.tif page 0: has the value nan at y = 0, x = 2")));
}

TEST(Scaling, SaysWhatValuesWere) {
  const auto gray = scaled(page_of<std::uint8_t>({3, 255, 255, 7}), {}, "a").gray;
  EXPECT_EQ(gray.type, "8-bit integers");
  EXPECT_EQ(gray.lowest, 3);
  EXPECT_EQ(gray.highest, 255);
  EXPECT_EQ(gray.saturated, 0.5);
  EXPECT_FALSE(gray.two_valued);
  EXPECT_TRUE(scaled(page_of<std::uint8_t>({3, 5, 5, 3}), {}, "a").gray.two_valued);
}

TEST(Scaling, RefusesConfigurationsThatContradictThemselves) {
  const auto refuses = [](const ScalingConfig& config, const std::string& place) {
    EXPECT_THAT([&] { check_scaling(config, "ingest.json"); },
                ThrowsMessage<InputError>(HasSubstr("ingest.json at /scaling/" + place)));
  };
  EXPECT_NO_THROW(check_scaling({}, "ingest.json"));
  refuses({"percentiles", {}, {99, 1}}, "percentiles: is [99.0,1.0]");
  refuses({"percentiles", {}, {99}}, "percentiles: is [99.0]");
  refuses({"range", {}, {}}, "range: is missing");
  refuses({"range", {5, 1}, {}}, "range: is [5.0,1.0]");
}

}  // namespace
}  // namespace unetflow
