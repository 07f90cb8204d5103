#include "image_files.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ReadPng, OneBitGivesZerosAndOnes) {
  const auto picture =
      read_as<std::uint8_t>(png_format(), png(2, 3, 1, 0, bytes({0, 0b01000000, 0, 0b10100000})));
  EXPECT_THAT(picture.values, ElementsAre(0, 1, 0, 1, 0, 1));
}

TEST(ReadPng, FourBitsAreNotScaled) {
  EXPECT_THAT(read_as<std::uint8_t>(png_format(), png(1, 3, 4, 0, bytes({0, 0x1F, 0x70}))).values,
              ElementsAre(1, 15, 7));
}

TEST(ReadPng, SixteenBitsKeepTheirValues) {
  EXPECT_THAT(
      read_as<std::uint16_t>(png_format(), png(1, 2, 16, 0, bytes({0, 0x12, 0x34, 0xFF, 0xFE})))
          .values,
      ElementsAre(0x1234, 0xFFFE));
}

TEST(ReadPng, GammaChangesNothing) {
  const std::string gamma = chunk("gAMA", big_endian(45455, 4));
  EXPECT_THAT(
      read_as<std::uint8_t>(png_format(), png(1, 2, 8, 0, bytes({0, 7, 200}), gamma)).values,
      ElementsAre(7, 200));
}

// As in an Exif block of TIFF: 3 is the last row first, from the right.
TEST(ReadPng, ExifOrientationIsAppliedWhereverItsBlockStands) {
  const std::string exif = chunk(
      "eXIf", "MM" + bytes({0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 3, 0, 0}) +
                  bytes({0, 0, 0, 0}));
  const std::string before = png(2, 3, 8, 0, bytes({0, 1, 2, 3, 0, 4, 5, 6}), exif);
  std::string behind = png(2, 3, 8, 0, bytes({0, 1, 2, 3, 0, 4, 5, 6}));
  behind.insert(behind.size() - 12, exif);
  for (const auto& content : {before, behind}) {
    EXPECT_THAT(read_as<std::uint8_t>(png_format(), content).values, ElementsAre(6, 5, 4, 3, 2, 1));
  }
}

TEST(ReadPng, ColoursBecomeChannelsAndAlphaIsDropped) {
  const auto picture =
      read_as<std::uint8_t>(png_format(), png(1, 2, 8, 6, bytes({0, 1, 2, 3, 99, 4, 5, 6, 99})));
  EXPECT_EQ(picture.channels, 3);
  EXPECT_THAT(picture.values, ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(read_as<std::uint8_t>(png_format(), png(1, 2, 8, 4, bytes({0, 7, 99, 8, 99}))).values,
              ElementsAre(7, 8));
}

TEST(ReadPng, APaletteGivesItsColoursOrItsGrays) {
  const auto colours = read_as<std::uint8_t>(
      png_format(),
      png(1, 3, 2, 3, bytes({0, 0b01000100}), chunk("PLTE", bytes({1, 2, 3, 40, 50, 60}))));
  EXPECT_EQ(colours.channels, 3);
  EXPECT_THAT(colours.values, ElementsAre(40, 1, 40, 50, 2, 50, 60, 3, 60));
  const auto grays = read_as<std::uint8_t>(
      png_format(),
      png(1, 3, 2, 3, bytes({0, 0b01000100}), chunk("PLTE", bytes({9, 9, 9, 200, 200, 200}))));
  EXPECT_EQ(grays.channels, 1);
  EXPECT_THAT(grays.values, ElementsAre(200, 9, 200));
}

TEST(ReadPng, LabelsAreReadAsStored) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& content) {
    return png_format().open(folder.write("label", content), "")->read(0, Reading::kStored);
  };
  const auto indices =
      read(png(1, 3, 2, 3, bytes({0, 0b01000100}), chunk("PLTE", bytes({9, 9, 9, 200, 200, 200}))));
  EXPECT_THAT(std::get<Picture<std::uint8_t>>(indices.values).values, ElementsAre(1, 0, 1));
  EXPECT_EQ(indices.alpha, 0);
  const auto mask = read(png(1, 2, 8, 4, bytes({0, 255, 255, 255, 0})));
  EXPECT_THAT(std::get<Picture<std::uint8_t>>(mask.values).values, ElementsAre(255, 255, 255, 0));
  EXPECT_EQ(mask.alpha, 1);
}

// Adam7 on 2 x 2: (0, 0) in pass 1, (0, 1) in pass 6, the second row in pass 7.
TEST(ReadPng, InterlacedPixelsComeToTheirPlaces) {
  const std::string passes = bytes({0, 1, 0, 2, 0, 3, 4});
  EXPECT_THAT(read_as<std::uint8_t>(png_format(), png(2, 2, 8, 0, passes, "", true)).values,
              ElementsAre(1, 2, 3, 4));
}

TEST(ReadPng, CutAnywhereItIsAnInputErrorThatNamesFileAndPage) {
  const TemporaryFolder folder;
  const std::string whole = png(2, 2, 8, 0, bytes({0, 1, 2, 0, 3, 4}));
  for (size_t length = 4; length < whole.size(); ++length) {
    const auto file = folder.write("cut.png", whole.substr(0, length));
    ASSERT_THAT(message_of(png_format(), file),
                HasSubstr("cut.png page 0: is damaged or cut short: "));
  }
}

TEST(ReadPng, AFlippedBitIsNoticed) {
  const TemporaryFolder folder;
  std::string content = png(2, 2, 8, 0, bytes({0, 1, 2, 0, 3, 4}));
  content[content.size() - 12 - 4 - 4 - 1] ^= 1;  // the last pixel
  EXPECT_THAT(message_of(png_format(), folder.write("a.png", content)), HasSubstr("is damaged"));
}

TEST(ReadPng, ASizeThatTheFileCannotHoldIsRefusedBeforeMemoryIsTaken) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of(png_format(), folder.write("a.png", png(900000, 900000, 16, 2, "x"))),
              HasSubstr("more than a file of"));
}

TEST(ReadPng, TheOnlyPageIsPageZero) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.png", png(1, 1, 8, 0, bytes({0, 1})));
  EXPECT_THAT([&] { png_format().open(file, "")->read(1); },
              testing::ThrowsMessage<InputError>(HasSubstr("a.png page 1: is not there")));
}

}  // namespace
}  // namespace unetflow
