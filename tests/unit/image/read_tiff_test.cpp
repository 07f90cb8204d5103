#include "image_files.hpp"

#include <fmt/format.h>

#include <array>

#include "image/picture_stack.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

const std::filesystem::path kData = UNETFLOW_SOURCE_DIR "/../shared/data";

TEST(ReadTiff, EightBitsInTwoStrips) {
  const auto picture = read_as<std::uint8_t>(
      tiff_format(), tiff({page(3, 2, 8, {bytes({1, 2, 3, 4}), bytes({5, 6})}, {{kRows, {2}}})}));
  EXPECT_EQ(picture.height, 3);
  EXPECT_EQ(picture.width, 2);
  EXPECT_THAT(picture.values, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(ReadTiff, BothByteOrdersGiveTheSameNumbers) {
  EXPECT_THAT(
      read_as<std::uint16_t>(tiff_format(), tiff({page(1, 2, 16, {bytes({0x34, 0x12, 1, 0})})}))
          .values,
      ElementsAre(0x1234, 1));
  EXPECT_THAT(read_as<std::uint16_t>(tiff_format(),
                                     tiff({page(1, 2, 16, {bytes({0x12, 0x34, 0, 1})})}, true))
                  .values,
              ElementsAre(0x1234, 1));
}

TEST(ReadTiff, SmallSamplesAreUnpackedRowByRowAndNotScaled) {
  EXPECT_THAT(
      read_as<std::uint8_t>(tiff_format(), tiff({page(2, 3, 1, {bytes({0b01000000, 0b10100000})})}))
          .values,
      ElementsAre(0, 1, 0, 1, 0, 1));
  EXPECT_THAT(
      read_as<std::uint8_t>(tiff_format(), tiff({page(2, 3, 4, {bytes({0x12, 0x30, 0x45, 0xF0})})}))
          .values,
      ElementsAre(1, 2, 3, 4, 5, 15));
  EXPECT_THAT(
      read_as<std::uint16_t>(tiff_format(), tiff({page(1, 2, 12, {bytes({0xAB, 0xC1, 0x23})})}))
          .values,
      ElementsAre(0xABC, 0x123));
}

TEST(ReadTiff, WhiteIsZeroIsInverted) {
  EXPECT_THAT(read_as<std::uint8_t>(
                  tiff_format(), tiff({page(1, 3, 8, {bytes({0, 1, 255})}, {{kPhotometric, {0}}})}))
                  .values,
              ElementsAre(255, 254, 0));
  EXPECT_THAT(
      read_as<std::uint8_t>(tiff_format(),
                            tiff({page(1, 3, 1, {bytes({0b01000000})}, {{kPhotometric, {0}}})}))
          .values,
      ElementsAre(1, 0, 1));
}

/// The values of a label.
template <class T>
std::vector<T> stored(const PictureFormat& format, const std::string& content) {
  const TemporaryFolder folder;
  const auto file = folder.write("label", content);
  return std::get<Picture<T>>(format.open(file, "")->read(0, Reading::kStored).values).values;
}

TEST(ReadTiff, LabelsAreReadAsStored) {
  EXPECT_THAT(
      stored<std::uint8_t>(tiff_format(),
                           tiff({page(1, 3, 8, {bytes({0, 1, 255})}, {{kPhotometric, {0}}})})),
      ElementsAre(0, 1, 255));
  const std::vector<int> map = {0x0100, 0x2800, 0x0200, 0x3200, 0x0300, 0x3C00};
  EXPECT_THAT(
      stored<std::uint8_t>(tiff_format(), tiff({page(1, 3, 1, {bytes({0b01000000})},
                                                     {{kPhotometric, {3}}, {kColourMap, map}})})),
      ElementsAre(0, 1, 0));
  // Gray and alpha: both are kept, and said to be.
  const TemporaryFolder folder;
  const auto file =
      folder.write("label", tiff({page(1, 2, 8, {bytes({1, 255, 2, 0})},
                                       {{kSamples, {2}}, {kBits, {8, 8}}, {kExtra, {2}}})}));
  const auto label = tiff_format().open(file, "")->read(0, Reading::kStored);
  EXPECT_THAT(std::get<Picture<std::uint8_t>>(label.values).values, ElementsAre(1, 2, 255, 0));
  EXPECT_EQ(label.alpha, 1);
  EXPECT_EQ(tiff_format().open(file, "")->read(0).alpha_dropped, 1);
}

TEST(ReadTiff, RefusesColoursThatAreNotMeasured) {
  const TemporaryFolder folder;
  const auto message = [&](const TiffPage& page) {
    return message_of(tiff_format(), folder.write("a", tiff({page})));
  };
  EXPECT_THAT(message(page(1, 1, 8, {bytes({7, 9, 1, 2})},
                           {{kSamples, {4}}, {kBits, {8, 8, 8, 8}}, {kPhotometric, {5}}})),
              HasSubstr("page 0: has inks (CMYK)"));
  EXPECT_THAT(message(page(1, 2, 8, {bytes({7, 9})}, {{kPhotometric, {32803}}})),
              HasSubstr("page 0: has colours of the kind 32803"));
}

TEST(ReadTiff, WhatLibtiffMendsWithoutAWordIsDamage) {
  const TemporaryFolder folder;
  const auto refused = [&](const TiffPage& damaged, const std::string& message) {
    EXPECT_THAT(message_of(tiff_format(), folder.write("damaged", tiff({damaged}))),
                HasSubstr("page 0: is damaged: " + message));
  };
  refused(page(2, 2, 8, {bytes({1, 2}), bytes({3, 4}), bytes({5, 6})}, {{kRows, {2}}}),
          "lists 3 strips, where its size needs 1");
  refused(page(1, 2, 8, {bytes({7, 9})}, {{kPhotometric, {3}}, {kColourMap, {1, 2, 3}}}),
          "has a palette that is missing or shorter");
  refused(page(1, 2, 8, {bytes({7, 9})}, {{317, {2}}}),
          "has the predictor 2 with the compression 1");
  const std::string strip(40, 7);
  for (const auto& [height, width] : {std::pair(6, 8), {4, 8}, {5, 7}, {5, 9}}) {
    refused(page(height, width, 8, {strip}),
            fmt::format("has a strip of 40 bytes at 8, where its size needs {}", height * width));
  }
  refused(page(5, 8, 8, {strip}, {{kCounts, {0}}}), "has a strip of 0 bytes");
  refused(page(4, 8, 8, {strip.substr(0, 16), strip.substr(0, 15)}, {{kRows, {2}}}),
          "has a strip of 15 bytes at 24, where its size needs 16");
}

TEST(ReadTiff, TheLastStripMayBePadded) {
  const auto values = [](const TiffPage& page) {
    return read_as<std::uint8_t>(tiff_format(), tiff({page})).values;
  };
  EXPECT_THAT(values(page(3, 1, 8, {bytes({1, 2}), bytes({3, 0})}, {{kRows, {2}}})),
              ElementsAre(1, 2, 3));
  EXPECT_THAT(values(page(3, 1, 8, {bytes({1, 2, 3, 0})})), ElementsAre(1, 2, 3));
}

TEST(ReadTiff, TilesThatReachBeyondThePictureAreCut) {
  std::string left, right;
  for (int i = 0; i < 16 * 16; ++i) {
    left += static_cast<char>(i / 16 * 10 + i % 16);
    right += static_cast<char>(i / 16 * 10 + i % 16 + 100);
  }
  const auto picture = read_as<std::uint8_t>(
      tiff_format(),
      tiff({page(2, 18, 8, {left, right}, {{kTileWidth, {16}}, {kTileHeight, {16}}})}));
  EXPECT_THAT(
      picture.values,
      ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 100, 101,  //
                  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 110, 111));
}

TEST(ReadTiff, InterleavedAndSeparateChannelsGiveTheSamePicture) {
  const auto interleaved = read_as<std::uint8_t>(
      tiff_format(), tiff({page(1, 2, 8, {bytes({1, 2, 3, 4, 5, 6})},
                                {{kSamples, {3}}, {kBits, {8, 8, 8}}, {kPhotometric, {2}}})}));
  EXPECT_EQ(interleaved.channels, 3);
  EXPECT_THAT(interleaved.values, ElementsAre(1, 4, 2, 5, 3, 6));
  const auto separate = read_as<std::uint8_t>(
      tiff_format(),
      tiff({page(1, 2, 8, {bytes({1, 4}), bytes({2, 5}), bytes({3, 6})},
                 {{kSamples, {3}}, {kBits, {8, 8, 8}}, {kPhotometric, {2}}, {kPlanar, {2}}})}));
  EXPECT_THAT(separate.values, ElementsAreArray(interleaved.values));
}

TEST(ReadTiff, AlphaIsDroppedAndOtherExtraSamplesAreChannels) {
  const auto with_extra = [](int kind) {
    return tiff({page(1, 2, 8, {bytes({1, 9, 2, 9})},
                      {{kSamples, {2}}, {kBits, {8, 8}}, {kExtra, {kind}}})});
  };
  EXPECT_THAT(read_as<std::uint8_t>(tiff_format(), with_extra(2)).values, ElementsAre(1, 2));
  EXPECT_THAT(read_as<std::uint8_t>(tiff_format(), with_extra(0)).values, ElementsAre(1, 2, 9, 9));
}

TEST(ReadTiff, SignedAndWideIntegersKeepTheirValues) {
  EXPECT_THAT(
      read_as<float>(tiff_format(), tiff({page(1, 2, 8, {bytes({0xFF, 5})}, {{kFormat, {2}}})}))
          .values,
      ElementsAre(-1, 5));
  const auto wide = [](std::initializer_list<int> values) {
    return tiff({page(1, 2, 32, {bytes(values)}, {{kFormat, {2}}})});
  };
  EXPECT_THAT(read_as<std::uint32_t>(tiff_format(), wide({1, 0, 0, 0x7F, 2, 0, 0, 0})).values,
              ElementsAre(0x7F000001u, 2u));
  EXPECT_THAT(read_as<float>(tiff_format(), wide({0xFE, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0})).values,
              ElementsAre(-2, 2));
}

TEST(ReadTiff, FloatsOfEveryWidthBecomeFloat) {
  const std::map<int, std::vector<int>> format = {{kFormat, {3}}};
  EXPECT_THAT(
      read_as<float>(
          tiff_format(),
          tiff({page(1, 4, 16, {bytes({0x00, 0x3C, 0x00, 0xC5, 0x01, 0x00, 0xFF, 0x7B})}, format)}))
          .values,
      ElementsAre(1.0f, -5.0f, 0x1p-24f, 65504.0f));
  EXPECT_THAT(
      read_as<float>(tiff_format(), tiff({page(1, 1, 32, {bytes({0, 0, 0x20, 0xC0})}, format)}))
          .values,
      ElementsAre(-2.5f));
  EXPECT_THAT(
      read_as<float>(tiff_format(),
                     tiff({page(1, 1, 64, {bytes({0, 0, 0, 0, 0, 0, 0x04, 0xC0})}, format)}))
          .values,
      ElementsAre(-2.5f));
}

TEST(ReadTiff, APaletteGivesItsColours) {
  std::vector<int> map(3 * 2);
  map = {0x0100, 0x2800, 0x0200, 0x3200, 0x0300, 0x3C00};  // red, green, blue of 0 and 1
  const auto picture = read_as<std::uint8_t>(
      tiff_format(),
      tiff({page(1, 3, 1, {bytes({0b01000000})}, {{kPhotometric, {3}}, {kColourMap, map}})}));
  EXPECT_EQ(picture.channels, 3);
  EXPECT_THAT(picture.values, ElementsAre(1, 40, 1, 2, 50, 2, 3, 60, 3));
}

TEST(ReadTiff, LabelsComeWithThePaletteThatShowsThem) {
  const TemporaryFolder folder;
  const auto palette = [&](const TiffPage& label) {
    return tiff_format()
        .open(folder.write("a", tiff({label})), "")
        ->read(0, Reading::kStored)
        .palette;
  };
  using Colour = std::array<std::uint8_t, 3>;
  const TiffPage one = page(1, 3, 1, {bytes({0b01000000})});
  EXPECT_TRUE(palette(one).empty());
  TiffPage white = one;
  white.tags[kPhotometric] = {0};
  EXPECT_THAT(palette(white), ElementsAre(Colour{255, 255, 255}, Colour{0, 0, 0}));
  TiffPage coloured = one;
  coloured.tags[kPhotometric] = {3};
  coloured.tags[kColourMap] = {0x0100, 0x2800, 0x0200, 0x3200, 0x0300, 0x3C00};
  EXPECT_THAT(palette(coloured), ElementsAre(Colour{1, 2, 3}, Colour{40, 50, 60}));
}

TEST(ReadTiff, APaletteOfImageJsShowsGrayValues) {
  TiffPage gray =
      page(1, 3, 1, {bytes({0b01000000})}, {{kPhotometric, {3}}, {kColourMap, {1, 2, 3, 4, 5, 6}}});
  gray.tags[kDescription] = text_of("ImageJ=1.54\n");
  EXPECT_THAT(read_as<std::uint8_t>(tiff_format(), tiff({gray})).values, ElementsAre(0, 1, 0));
}

TEST(ReadTiff, PlanesOfSamplesArePagesWhereTheirArrayOrTheUserSaysSo) {
  const TemporaryFolder folder;
  const auto open = [&](const std::string& description, const std::string& axes = "") {
    TiffPage planes =
        page(1, 2, 8, {bytes({1, 2}), bytes({3, 4}), bytes({5, 6})},
             {{kSamples, {3}}, {kBits, {8, 8, 8}}, {kPhotometric, {2}}, {kPlanar, {2}}});
    if (!description.empty()) planes.tags[kDescription] = text_of(description);
    return PictureStack(tiff_format(), folder.write("planes.tif", tiff({planes})), "", axes);
  };
  const auto images = [&](const std::string& description, const std::string& axes = "") {
    PictureStack stack = open(description, axes);
    std::vector<std::vector<std::uint8_t>> all;
    for (Index i = 0; i < stack.images(); ++i) {
      all.push_back(std::get<Picture<std::uint8_t>>(stack.read(i).values).values);
    }
    return all;
  };
  const auto one = ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6));
  const auto three = ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4), ElementsAre(5, 6));
  EXPECT_THAT(images(""), one);
  EXPECT_THAT(images("", "CYX"), one);
  EXPECT_THAT(images("", "ZYX"), three);
  EXPECT_THAT(images(R"({"shape": [3, 1, 2], "axes": "ZYX"})"), three);
  EXPECT_THAT(images(R"({"shape": [3, 1, 2], "axes": "CYX"})"), one);
  EXPECT_THAT([&] { open(R"({"shape": [3, 1, 2]})"); },
              testing::ThrowsMessage<UnclearAxes>(HasSubstr("does not say what its axes are")));
}

// 1 2 3 / 4 5 6 as stored; the tag says on which side the first row and the first column are.
TEST(ReadTiff, OrientationIsApplied) {
  const std::vector<std::vector<int>> seen = {
      {1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto picture = read_as<std::uint8_t>(
        tiff_format(),
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
  EXPECT_EQ(tiff_format().open(file, "")->pages(), 3);
  const auto pages = read_all(tiff_format(), file);
  ASSERT_EQ(pages.size(), 3u);
  EXPECT_THAT(std::get<Picture<std::uint8_t>>(pages[1].values).values, ElementsAre(3));
  EXPECT_THAT(std::get<Picture<std::uint8_t>>(tiff_format().open(file, "")->read(2).values).values,
              ElementsAre(5));
}

TEST(ReadTiff, APageThatIsNotThereIsNamed) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.tif", tiff({page(1, 1, 8, {bytes({1})})}));
  try {
    tiff_format().open(file, "")->read(3);
    FAIL() << "expected InputError";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("a.tif page 3: is not there; the file has 1 pages"));
  }
}

// But for the four bytes behind a directory that say where the next one is: libtiff takes their
// absence for the end of the file.
TEST(ReadTiff, CutAlmostAnywhereItIsAnInputErrorThatNamesTheFile) {
  const TemporaryFolder folder;
  const auto one = page(2, 2, 8, {bytes({1, 2, 3, 4})});
  const std::string whole = tiff({one, one});
  const size_t first = tiff({one}).size();
  for (size_t length = 4; length < whole.size() - 4; ++length) {
    if (length >= first - 4 && length < first) continue;
    const auto file = folder.write("cut.tif", whole.substr(0, length));
    ASSERT_THAT(message_of(tiff_format(), file), HasSubstr("cut.tif")) << length;
  }
}

TEST(ReadTiff, ASizeThatTheFileCannotHoldIsRefusedBeforeMemoryIsTaken) {
  const TemporaryFolder folder;
  for (const int compression : {1, 5, 8}) {
    const auto content = tiff({page(65000, 65000, 16, {bytes({1, 2, 3, 4})},
                                    {{kCompression, {compression}}, {kRows, {65000}}})});
    EXPECT_THAT(message_of(tiff_format(), folder.write("a.tif", content)), HasSubstr("a.tif"));
  }
}

// ---- Real odd files

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry);
  std::sort(files.begin(), files.end());
  return files;
}

TEST(ReadTiff, OddButValidFilesAreRead) {
  if (!exists(kData / "tiff_cases")) GTEST_SKIP() << "no " << kData / "tiff_cases";
  for (const auto& file : files_in(kData / "tiff_cases/valid")) {
    // Subsampled colours in separate planes: libtiff reads neither the samples nor the colours. And
    // a predictor without compression, which libtiff ignores: the values are not known.
    const std::map<std::string, std::string> refused = {
        {"twelvemonkeys__planar-yuv422-jpeg-uncompressed.tif", "unsupported kind"},
        {"image-tiff__hpredict-1c-12b.tiff", "has the predictor 2 with the compression 1"},
        {"image-tiff__seq-4c-8b-cmyk-352ac1da.tiff", "has inks (CMYK)"},
        {"libtiffpic__flower-separated-contig-08.tif", "has inks (CMYK)"},
        {"libtiffpic__flower-separated-contig-16.tif", "has inks (CMYK)"}};
    const auto message = refused.find(file.filename().string());
    EXPECT_THAT(message_of(tiff_format(), file),
                HasSubstr(message == refused.end() ? "no error" : message->second));
  }
}

TEST(ReadTiff, BrokenFilesAreInputErrors) {
  if (!exists(kData / "tiff_cases")) GTEST_SKIP() << "no " << kData / "tiff_cases";
  for (const auto& file : files_in(kData / "tiff_cases/corrupt")) {
    EXPECT_THAT(message_of(tiff_format(), file), HasSubstr(file.filename().string())) << file;
  }
}

TEST(ReadTiff, PagesAreReadInAnyOrder) {
  const TemporaryFolder folder;
  std::vector<TiffPage> pages;
  for (int i = 0; i < 20; ++i) pages.push_back(page(1, 1, 8, {bytes({i})}));
  const auto pictures = tiff_format().open(folder.write("a.tif", tiff(pages)), "");
  ASSERT_EQ(pictures->pages(), 20);
  for (const int i : {7, 8, 8, 0, 19, 3}) {
    EXPECT_THAT(std::get<Picture<std::uint8_t>>(pictures->read(i).values).values, ElementsAre(i));
  }
}

}  // namespace
}  // namespace unetflow
