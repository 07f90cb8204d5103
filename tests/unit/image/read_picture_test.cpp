#include "image/read_picture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

const std::filesystem::path kData = UNETFLOW_SOURCE_DIR "/../shared/data";

// ---- Files, byte by byte
// -------------------------------------------------------------------------

std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string number(std::uint32_t value, int bytes, bool big) {
  std::string text = big_endian(value, bytes);
  if (!big) std::reverse(text.begin(), text.end());
  return text;
}

/// One page: SHORT tags and their values, and the bytes of its strips or tiles.
struct TiffPage {
  std::map<int, std::vector<int>> tags;
  std::vector<std::string> blocks;
};

enum Tag {
  kSubfile = 254,
  kWidth = 256,
  kHeight = 257,
  kBits = 258,
  kCompression = 259,
  kPhotometric = 262,
  kOffsets = 273,
  kOrientation = 274,
  kSamples = 277,
  kRows = 278,
  kCounts = 279,
  kPlanar = 284,
  kColourMap = 320,
  kTileWidth = 322,
  kTileHeight = 323,
  kTileOffsets = 324,
  kTileCounts = 325,
  kExtra = 338,
  kFormat = 339,
};

TiffPage page(int height, int width, int bits, std::vector<std::string> blocks,
              const std::map<int, std::vector<int>>& more = {}) {
  TiffPage out{more, std::move(blocks)};
  out.tags.insert({{kHeight, {height}},
                   {kWidth, {width}},
                   {kBits, {bits}},
                   {kCompression, {1}},
                   {kPhotometric, {1}}});
  return out;
}

std::string tiff(const std::vector<TiffPage>& pages, bool big = false) {
  std::string out = (big ? "MM" : "II") + number(42, 2, big);
  size_t link = out.size();
  out += number(0, 4, big);
  for (TiffPage page : pages) {
    std::vector<int> offsets, counts;
    for (const auto& block : page.blocks) {
      offsets.push_back(static_cast<int>(out.size()));
      counts.push_back(static_cast<int>(block.size()));
      out += block;
    }
    const bool tiled = page.tags.contains(kTileWidth);
    page.tags[tiled ? kTileOffsets : kOffsets] = offsets;
    page.tags[tiled ? kTileCounts : kCounts] = counts;
    std::map<int, size_t> outside;  // where values of more than four bytes lie
    for (const auto& [tag, values] : page.tags) {
      outside[tag] = out.size();
      for (const int value : values) out += number(static_cast<std::uint32_t>(value), 2, big);
    }
    out.replace(link, 4, number(static_cast<std::uint32_t>(out.size()), 4, big));
    out += number(static_cast<std::uint32_t>(page.tags.size()), 2, big);
    for (const auto& [tag, values] : page.tags) {
      out += number(static_cast<std::uint32_t>(tag), 2, big) + number(3, 2, big) +
             number(static_cast<std::uint32_t>(values.size()), 4, big);
      if (values.size() > 2) {
        out += number(static_cast<std::uint32_t>(outside[tag]), 4, big);
      } else {
        out += number(static_cast<std::uint32_t>(values[0]), 2, big) +
               number(values.size() > 1 ? static_cast<std::uint32_t>(values[1]) : 0, 2, big);
      }
    }
    link = out.size();
    out += number(0, 4, big);
  }
  return out;
}

std::string chunk(const std::string& type, const std::string& data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : type + data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
  }
  return big_endian(static_cast<std::uint32_t>(data.size()), 4) + type + data + big_endian(~crc, 4);
}

/// `rows` as they are stored, each with its filter byte 0 in front; `before` are other chunks.
std::string png(int height, int width, int bits, int colour, const std::string& rows,
                const std::string& before = "", bool interlaced = false) {
  std::uint32_t a = 1, b = 0;  // Adler-32
  for (const char c : rows) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  const auto size = static_cast<std::uint32_t>(rows.size());
  const std::string stored = "\x78\x01\x01" + number(size, 2, false) + number(~size, 2, false) +
                             rows + big_endian(b << 16 | a, 4);
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR", big_endian(static_cast<std::uint32_t>(width), 4) +
                           big_endian(static_cast<std::uint32_t>(height), 4) +
                           static_cast<char>(bits) + static_cast<char>(colour) +
                           std::string(2, '\0') + static_cast<char>(interlaced)) +
         before + chunk("IDAT", stored) + chunk("IEND", "");
}

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

template <class T>
Picture<T> read_as(const std::string& content) {
  const TemporaryFolder folder;
  const auto pages = read_picture(folder.write("picture", content));
  EXPECT_EQ(pages.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Picture<T>>(pages[0].values)) << pages[0].values.index();
  return std::get<Picture<T>>(pages[0].values);
}

std::string message_of(const std::filesystem::path& file) {
  try {
    read_picture(file);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

// ---- PNG
// -----------------------------------------------------------------------------------------

TEST(ReadPng, OneBitGivesZerosAndOnes) {
  const auto picture =
      read_as<std::uint8_t>(png(2, 3, 1, 0, bytes({0, 0b01000000, 0, 0b10100000})));
  EXPECT_THAT(picture.values, ElementsAre(0, 1, 0, 1, 0, 1));
}

TEST(ReadPng, FourBitsAreNotScaled) {
  EXPECT_THAT(read_as<std::uint8_t>(png(1, 3, 4, 0, bytes({0, 0x1F, 0x70}))).values,
              ElementsAre(1, 15, 7));
}

TEST(ReadPicture, FullScaleIsWhatItsBitsCanHold) {
  const TemporaryFolder folder;
  const auto scale = [&](const std::string& content) {
    return full_scale(read_page(folder.write("picture", content), 0));
  };
  EXPECT_EQ(scale(png(1, 1, 1, 0, bytes({0, 0x80}))), 1);
  EXPECT_EQ(scale(png(1, 1, 4, 0, bytes({0, 0x10}))), 15);
  EXPECT_EQ(scale(png(1, 1, 8, 0, bytes({0, 1}))), 255);
  EXPECT_EQ(scale(png(1, 1, 16, 0, bytes({0, 0, 1}))), 65535);
  EXPECT_EQ(scale(tiff({page(1, 2, 12, {bytes({0, 0, 0})})})), 4095);
}

TEST(ReadPng, SixteenBitsKeepTheirValues) {
  EXPECT_THAT(read_as<std::uint16_t>(png(1, 2, 16, 0, bytes({0, 0x12, 0x34, 0xFF, 0xFE}))).values,
              ElementsAre(0x1234, 0xFFFE));
}

TEST(ReadPng, GammaChangesNothing) {
  const std::string gamma = chunk("gAMA", big_endian(45455, 4));
  EXPECT_THAT(read_as<std::uint8_t>(png(1, 2, 8, 0, bytes({0, 7, 200}), gamma)).values,
              ElementsAre(7, 200));
}

TEST(ReadPng, ColoursBecomeChannelsAndAlphaIsDropped) {
  const auto picture = read_as<std::uint8_t>(png(1, 2, 8, 6, bytes({0, 1, 2, 3, 99, 4, 5, 6, 99})));
  EXPECT_EQ(picture.channels, 3);
  EXPECT_THAT(picture.values, ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(read_as<std::uint8_t>(png(1, 2, 8, 4, bytes({0, 7, 99, 8, 99}))).values,
              ElementsAre(7, 8));
}

TEST(ReadPng, APaletteGivesItsColoursOrItsGrays) {
  const auto colours = read_as<std::uint8_t>(
      png(1, 3, 2, 3, bytes({0, 0b01000100}), chunk("PLTE", bytes({1, 2, 3, 40, 50, 60}))));
  EXPECT_EQ(colours.channels, 3);
  EXPECT_THAT(colours.values, ElementsAre(40, 1, 40, 50, 2, 50, 60, 3, 60));
  const auto grays = read_as<std::uint8_t>(
      png(1, 3, 2, 3, bytes({0, 0b01000100}), chunk("PLTE", bytes({9, 9, 9, 200, 200, 200}))));
  EXPECT_EQ(grays.channels, 1);
  EXPECT_THAT(grays.values, ElementsAre(200, 9, 200));
}

// Adam7 on 2 x 2: (0, 0) in pass 1, (0, 1) in pass 6, the second row in pass 7.
TEST(ReadPng, InterlacedPixelsComeToTheirPlaces) {
  const std::string passes = bytes({0, 1, 0, 2, 0, 3, 4});
  EXPECT_THAT(read_as<std::uint8_t>(png(2, 2, 8, 0, passes, "", true)).values,
              ElementsAre(1, 2, 3, 4));
}

TEST(ReadPng, CutAnywhereItIsAnInputErrorThatNamesFileAndPage) {
  const TemporaryFolder folder;
  const std::string whole = png(2, 2, 8, 0, bytes({0, 1, 2, 0, 3, 4}));
  for (size_t length = 4; length < whole.size(); ++length) {
    const auto file = folder.write("cut.png", whole.substr(0, length));
    ASSERT_THAT(message_of(file), HasSubstr("cut.png page 0: is damaged or cut short: "));
  }
}

TEST(ReadPng, AFlippedBitIsNoticed) {
  const TemporaryFolder folder;
  std::string content = png(2, 2, 8, 0, bytes({0, 1, 2, 0, 3, 4}));
  content[content.size() - 12 - 4 - 4 - 1] ^= 1;  // the last pixel
  EXPECT_THAT(message_of(folder.write("a.png", content)), HasSubstr("is damaged"));
}

TEST(ReadPng, ASizeThatTheFileCannotHoldIsRefusedBeforeMemoryIsTaken) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of(folder.write("a.png", png(900000, 900000, 16, 2, "x"))),
              HasSubstr("more than a file of"));
}

// ---- TIFF
// ----------------------------------------------------------------------------------------

TEST(ReadTiff, EightBitsInTwoStrips) {
  const auto picture = read_as<std::uint8_t>(
      tiff({page(3, 2, 8, {bytes({1, 2, 3, 4}), bytes({5, 6})}, {{kRows, {2}}})}));
  EXPECT_EQ(picture.height, 3);
  EXPECT_EQ(picture.width, 2);
  EXPECT_THAT(picture.values, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(ReadTiff, BothByteOrdersGiveTheSameNumbers) {
  EXPECT_THAT(read_as<std::uint16_t>(tiff({page(1, 2, 16, {bytes({0x34, 0x12, 1, 0})})})).values,
              ElementsAre(0x1234, 1));
  EXPECT_THAT(
      read_as<std::uint16_t>(tiff({page(1, 2, 16, {bytes({0x12, 0x34, 0, 1})})}, true)).values,
      ElementsAre(0x1234, 1));
}

TEST(ReadTiff, SmallSamplesAreUnpackedRowByRowAndNotScaled) {
  EXPECT_THAT(
      read_as<std::uint8_t>(tiff({page(2, 3, 1, {bytes({0b01000000, 0b10100000})})})).values,
      ElementsAre(0, 1, 0, 1, 0, 1));
  EXPECT_THAT(
      read_as<std::uint8_t>(tiff({page(2, 3, 4, {bytes({0x12, 0x30, 0x45, 0xF0})})})).values,
      ElementsAre(1, 2, 3, 4, 5, 15));
  EXPECT_THAT(read_as<std::uint16_t>(tiff({page(1, 2, 12, {bytes({0xAB, 0xC1, 0x23})})})).values,
              ElementsAre(0xABC, 0x123));
}

TEST(ReadTiff, WhiteIsZeroIsInverted) {
  EXPECT_THAT(
      read_as<std::uint8_t>(tiff({page(1, 3, 8, {bytes({0, 1, 255})}, {{kPhotometric, {0}}})}))
          .values,
      ElementsAre(255, 254, 0));
  EXPECT_THAT(
      read_as<std::uint8_t>(tiff({page(1, 3, 1, {bytes({0b01000000})}, {{kPhotometric, {0}}})}))
          .values,
      ElementsAre(1, 0, 1));
}

TEST(ReadTiff, TilesThatReachBeyondThePictureAreCut) {
  std::string left, right;
  for (int i = 0; i < 16 * 16; ++i) {
    left += static_cast<char>(i / 16 * 10 + i % 16);
    right += static_cast<char>(i / 16 * 10 + i % 16 + 100);
  }
  const auto picture = read_as<std::uint8_t>(
      tiff({page(2, 18, 8, {left, right}, {{kTileWidth, {16}}, {kTileHeight, {16}}})}));
  EXPECT_THAT(
      picture.values,
      ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 100, 101,  //
                  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 110, 111));
}

TEST(ReadTiff, InterleavedAndSeparateChannelsGiveTheSamePicture) {
  const auto interleaved = read_as<std::uint8_t>(
      tiff({page(1, 2, 8, {bytes({1, 2, 3, 4, 5, 6})},
                 {{kSamples, {3}}, {kBits, {8, 8, 8}}, {kPhotometric, {2}}})}));
  EXPECT_EQ(interleaved.channels, 3);
  EXPECT_THAT(interleaved.values, ElementsAre(1, 4, 2, 5, 3, 6));
  const auto separate = read_as<std::uint8_t>(
      tiff({page(1, 2, 8, {bytes({1, 4}), bytes({2, 5}), bytes({3, 6})},
                 {{kSamples, {3}}, {kBits, {8, 8, 8}}, {kPhotometric, {2}}, {kPlanar, {2}}})}));
  EXPECT_THAT(separate.values, ElementsAreArray(interleaved.values));
}

TEST(ReadTiff, AlphaIsDroppedAndOtherExtraSamplesAreChannels) {
  const auto with_extra = [](int kind) {
    return tiff({page(1, 2, 8, {bytes({1, 9, 2, 9})},
                      {{kSamples, {2}}, {kBits, {8, 8}}, {kExtra, {kind}}})});
  };
  EXPECT_THAT(read_as<std::uint8_t>(with_extra(2)).values, ElementsAre(1, 2));
  EXPECT_THAT(read_as<std::uint8_t>(with_extra(0)).values, ElementsAre(1, 2, 9, 9));
}

TEST(ReadTiff, SignedAndWideIntegersKeepTheirValues) {
  EXPECT_THAT(read_as<float>(tiff({page(1, 2, 8, {bytes({0xFF, 5})}, {{kFormat, {2}}})})).values,
              ElementsAre(-1, 5));
  const auto wide = [](std::initializer_list<int> values) {
    return tiff({page(1, 2, 32, {bytes(values)}, {{kFormat, {2}}})});
  };
  EXPECT_THAT(read_as<std::uint32_t>(wide({1, 0, 0, 0x7F, 2, 0, 0, 0})).values,
              ElementsAre(0x7F000001u, 2u));
  EXPECT_THAT(read_as<float>(wide({0xFE, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0})).values,
              ElementsAre(-2, 2));
}

TEST(ReadTiff, FloatsOfEveryWidthBecomeFloat) {
  const std::map<int, std::vector<int>> format = {{kFormat, {3}}};
  EXPECT_THAT(
      read_as<float>(
          tiff({page(1, 4, 16, {bytes({0x00, 0x3C, 0x00, 0xC5, 0x01, 0x00, 0xFF, 0x7B})}, format)}))
          .values,
      ElementsAre(1.0f, -5.0f, 0x1p-24f, 65504.0f));
  EXPECT_THAT(read_as<float>(tiff({page(1, 1, 32, {bytes({0, 0, 0x20, 0xC0})}, format)})).values,
              ElementsAre(-2.5f));
  EXPECT_THAT(
      read_as<float>(tiff({page(1, 1, 64, {bytes({0, 0, 0, 0, 0, 0, 0x04, 0xC0})}, format)}))
          .values,
      ElementsAre(-2.5f));
}

TEST(ReadTiff, APaletteGivesItsColours) {
  std::vector<int> map(3 * 2);
  map = {0x0100, 0x2800, 0x0200, 0x3200, 0x0300, 0x3C00};  // red, green, blue of 0 and 1
  const auto picture = read_as<std::uint8_t>(
      tiff({page(1, 3, 1, {bytes({0b01000000})}, {{kPhotometric, {3}}, {kColourMap, map}})}));
  EXPECT_EQ(picture.channels, 3);
  EXPECT_THAT(picture.values, ElementsAre(1, 40, 1, 2, 50, 2, 3, 60, 3));
}

// 1 2 3 / 4 5 6 as stored; the tag says on which side the first row and the first column lie.
TEST(ReadTiff, OrientationIsApplied) {
  const std::vector<std::vector<int>> seen = {
      {1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto picture = read_as<std::uint8_t>(
        tiff({page(2, 3, 8, {bytes({1, 2, 3, 4, 5, 6})}, {{kOrientation, {orientation}}})}));
    EXPECT_EQ(picture.height, orientation < 5 ? 2 : 3);
    EXPECT_THAT(picture.values, ElementsAreArray(seen[static_cast<size_t>(orientation - 1)]))
        << orientation;
  }
}

TEST(ReadTiff, ThumbnailsAndMasksBehindAPageAreNotCounted) {
  const TemporaryFolder folder;
  const auto file = folder.write(
      "a.tif", tiff({page(1, 1, 8, {bytes({1})}, {{kSubfile, {1}}}),
                     page(1, 1, 8, {bytes({2})}, {{kSubfile, {1}}}),
                     page(1, 1, 8, {bytes({3})}, {{kSubfile, {2}}}),
                     page(1, 1, 8, {bytes({4})}, {{kSubfile, {4}}}), page(1, 1, 8, {bytes({5})})}));
  EXPECT_EQ(count_pages(file), 3);
  const auto pages = read_picture(file);
  ASSERT_EQ(pages.size(), 3u);
  EXPECT_THAT(std::get<Picture<std::uint8_t>>(pages[1].values).values, ElementsAre(3));
  EXPECT_THAT(std::get<Picture<std::uint8_t>>(read_page(file, 2).values).values, ElementsAre(5));
}

TEST(ReadTiff, APageThatIsNotThereIsNamed) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.tif", tiff({page(1, 1, 8, {bytes({1})})}));
  try {
    read_page(file, 3);
    FAIL() << "expected InputError";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("a.tif page 3: is not there; the file has 1 pages"));
  }
}

// But for the four bytes behind a directory that say where the next one lies: libtiff takes their
// absence for the end of the file.
TEST(ReadTiff, CutAlmostAnywhereItIsAnInputErrorThatNamesTheFile) {
  const TemporaryFolder folder;
  const auto one = page(2, 2, 8, {bytes({1, 2, 3, 4})});
  const std::string whole = tiff({one, one});
  const size_t first = tiff({one}).size();
  for (size_t length = 4; length < whole.size() - 4; ++length) {
    if (length >= first - 4 && length < first) continue;
    const auto file = folder.write("cut.tif", whole.substr(0, length));
    ASSERT_THAT(message_of(file), HasSubstr("cut.tif")) << length;
  }
}

TEST(ReadTiff, ASizeThatTheFileCannotHoldIsRefusedBeforeMemoryIsTaken) {
  const TemporaryFolder folder;
  for (const int compression : {1, 5, 8}) {
    const auto content = tiff({page(65000, 65000, 16, {bytes({1, 2, 3, 4})},
                                    {{kCompression, {compression}}, {kRows, {65000}}})});
    EXPECT_THAT(message_of(folder.write("a.tif", content)), HasSubstr("a.tif"));
  }
}

TEST(ReadTiff, AStackThatHidesItsPagesFromTheFileFormatIsRefused) {
  const TemporaryFolder folder;
  std::string content = tiff({page(1, 1, 8, {bytes({1})}, {{270, {0, 0, 0}}})});
  // ImageDescription as ASCII text at the end of the file.
  const std::string text("ImageJ=1.53\nimages=7\nslices=7\n", 31);
  const std::string entry = number(270, 2, false) + number(3, 2, false);
  content.replace(content.find(entry), 12,
                  number(270, 2, false) + number(2, 2, false) + number(31, 4, false) +
                      number(static_cast<std::uint32_t>(content.size()), 4, false));
  EXPECT_THAT(message_of(folder.write("a.tif", content + text)),
              HasSubstr("ImageJ stack that names its first page only"));
}

TEST(ReadPicture, WhatIsNeitherPngNorTiffIsAnInputError) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of(folder.write("a.png", "GIF89a")),
              HasSubstr("is neither a PNG nor a TIFF"));
  EXPECT_THAT(message_of(folder.write("b.png", "")), HasSubstr("is neither a PNG nor a TIFF"));
  EXPECT_THAT(message_of(folder.path / "absent.png"), HasSubstr("is no file"));
  EXPECT_THAT(message_of(folder.path), HasSubstr("is no file"));
}

TEST(ReadPicture, AFileIsKnownByItsContentNotByItsName) {
  const TemporaryFolder folder;
  EXPECT_EQ(message_of(folder.write("really.tif", png(1, 1, 8, 0, bytes({0, 1})))), "no error");
}

// ---- Real odd files
// ------------------------------------------------------------------------------

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry);
  std::sort(files.begin(), files.end());
  return files;
}

TEST(ReadTiff, OddButValidFilesAreRead) {
  if (!exists(kData / "tiff_cases")) GTEST_SKIP() << "no " << kData / "tiff_cases";
  for (const auto& file : files_in(kData / "tiff_cases/valid")) {
    // Subsampled colours in separate planes: libtiff reads neither the samples nor the colours.
    const bool unsupported =
        file.filename() == "twelvemonkeys__planar-yuv422-jpeg-uncompressed.tif";
    EXPECT_THAT(message_of(file), HasSubstr(unsupported ? "unsupported kind" : "no error"));
  }
}

TEST(ReadTiff, BrokenFilesAreInputErrors) {
  if (!exists(kData / "tiff_cases")) GTEST_SKIP() << "no " << kData / "tiff_cases";
  for (const auto& file : files_in(kData / "tiff_cases/corrupt")) {
    EXPECT_THAT(message_of(file), HasSubstr(file.filename().string())) << file;
  }
}

}  // namespace
}  // namespace unetflow
