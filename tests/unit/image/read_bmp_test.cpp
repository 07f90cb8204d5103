#include "image_files.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A BMP of 2 x 2 pixels with an image header of 40 bytes.
std::string bmp(int bits, const std::string& palette, const std::string& rows, int height = 2,
                std::uint32_t compression = 0) {
  const std::uint32_t pixels = 54 + static_cast<std::uint32_t>(palette.size());
  const auto word = [](std::uint32_t value) { return number(value, 4, false); };
  return "BM" + word(0) + word(0) + word(pixels) + word(40) + word(2) +
         word(static_cast<std::uint32_t>(height)) + number(1, 2, false) +
         number(static_cast<std::uint32_t>(bits), 2, false) + word(compression) + word(0) +
         word(0) + word(0) + word(static_cast<std::uint32_t>(palette.size() / 4)) + word(0) +
         palette + rows;
}

TEST(ReadBmp, RowsComeFromTheBottomUnlessTheHeightIsNegative) {
  const std::string palette = bytes({0, 0, 0, 0, 9, 9, 9, 0});
  const std::string rows = bytes({0x40, 0, 0, 0, 0x80, 0, 0, 0});
  EXPECT_THAT(read_as<std::uint8_t>(bmp_format(), bmp(1, palette, rows)).values,
              ElementsAre(9, 0, 0, 9));
  EXPECT_THAT(read_as<std::uint8_t>(bmp_format(), bmp(1, palette, rows, -2)).values,
              ElementsAre(0, 9, 9, 0));
}

TEST(ReadBmp, ColoursAreBlueGreenRed) {
  const std::string rows = bytes({1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0});
  EXPECT_THAT(read_as<std::uint8_t>(bmp_format(), bmp(24, "", rows)).values,
              ElementsAre(9, 12, 3, 6, 8, 11, 2, 5, 7, 10, 1, 4));
}

TEST(ReadBmp, WhatIsDamagedOrNotKnownIsRefused) {
  const auto refuses = [](const std::string& content, const std::string& message) {
    EXPECT_THAT([&] { read_as<std::uint8_t>(bmp_format(), content); },
                ThrowsMessage<InputError>(HasSubstr(message)));
  };
  const std::string whole = bmp(24, "", std::string(16, '\1'));
  refuses(whole.substr(0, 60), "is damaged or cut short: it ends too early");
  refuses(bmp(24, "", "", 1 << 20), "more than a file of 54 bytes can hold");
  refuses(whole.substr(0, 40), "is damaged or cut short: it ends too early");
  refuses(bmp(8, "", "", 2, 1), "is compressed (RLE)");
  refuses(bmp(16, "", std::string(16, '\1')), "has 16 bits per pixel in an arrangement");
  refuses(bmp(8, bytes({0, 0, 0, 0}), bytes({0, 7, 0, 0, 0, 0, 0, 0})), "has the colour number 7");
  refuses(bmp(24, "", "", 0), "has no pixels");
}

}  // namespace
}  // namespace unetflow
