#include <cstdio>
// jpeglib.h needs stdio.
#include <jpeglib.h>

#include "image_files.hpp"

namespace unetflow {
namespace {

using testing::Each;
using testing::HasSubstr;

/// A JPEG of interleaved samples in the best quality; `exif` is the content of an Exif block.
std::string jpeg(int height, int width, int channels, J_COLOR_SPACE colours,
                 const std::string& samples, const std::string& exif = "") {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_height = static_cast<JDIMENSION>(height);
  info.image_width = static_cast<JDIMENSION>(width);
  info.input_components = channels;
  info.in_color_space = colours;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  for (int c = 0; c < channels; ++c) {  // no subsampling of colours
    info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  }
  jpeg_start_compress(&info, TRUE);
  if (!exif.empty()) {
    const std::string block = std::string("Exif\0\0", 6) + exif;
    jpeg_write_marker(&info, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(block.data()),
                      static_cast<unsigned>(block.size()));
  }
  for (int y = 0; y < height; ++y) {
    std::string line = samples.substr(static_cast<size_t>(y * width * channels),
                                      static_cast<size_t>(width * channels));
    auto* row = reinterpret_cast<JSAMPLE*>(line.data());
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  const std::string content(reinterpret_cast<const char*>(memory), size);
  jpeg_destroy_compress(&info);
  std::free(memory);
  return content;
}

/// Random bytes, so that every part of the file matters.
std::string noise(int count) {
  std::string text;
  std::uint32_t state = 1;
  for (int i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    text += static_cast<char>(state >> 24);
  }
  return text;
}

/// An Exif block whose first directory says Orientation, in either byte order.
std::string exif(int orientation, bool big) {
  return (big ? "MM" : "II") + number(42, 2, big) + number(8, 4, big) + number(2, 2, big) +
         number(0x010F, 2, big) + number(2, 2, big) + number(1, 4, big) + number(0, 4, big) +
         number(0x0112, 2, big) + number(3, 2, big) + number(1, 4, big) +
         number(static_cast<std::uint32_t>(orientation), 2, big) + number(0, 2, big) +
         number(0, 4, big);
}

TEST(ReadJpeg, GrayIsOneChannel) {
  const auto picture = read_as<std::uint8_t>(
      jpeg_format(),
      jpeg(8, 16, 1, JCS_GRAYSCALE, std::string(8 * 8, '\x20') + std::string(64, '\x20')));
  EXPECT_EQ(picture.channels, 1);
  EXPECT_EQ(picture.height, 8);
  EXPECT_EQ(picture.width, 16);
  EXPECT_THAT(picture.values, Each(0x20));
}

TEST(ReadJpeg, ColoursAreThreeChannels) {
  std::string samples;
  for (int i = 0; i < 64; ++i) samples += bytes({200, 100, 50});
  const auto picture = read_as<std::uint8_t>(jpeg_format(), jpeg(8, 8, 3, JCS_RGB, samples));
  ASSERT_EQ(picture.channels, 3);
  for (Index c = 0; c < 3; ++c) {
    const int expected[] = {200, 100, 50};
    // The way to YCbCr and back rounds twice.
    EXPECT_NEAR(picture.plane(c)(3, 5), expected[c], 1);
    EXPECT_NEAR(picture.plane(c)(7, 7), expected[c], 1);
  }
}

TEST(ReadJpeg, ValuesAreCloseToThoseThatWereCompressed) {
  const std::string samples = noise(24 * 40);
  const auto picture =
      read_as<std::uint8_t>(jpeg_format(), jpeg(24, 40, 1, JCS_GRAYSCALE, samples));
  for (size_t i = 0; i < samples.size(); ++i) {
    ASSERT_NEAR(picture.values[i], static_cast<unsigned char>(samples[i]), 3) << i;
  }
}

TEST(ReadJpeg, ItsValuesAreMarkedAsChanged) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.jpg", jpeg(8, 8, 1, JCS_GRAYSCALE, noise(64)));
  EXPECT_TRUE(jpeg_format().open(file, "")->read(0).lossy);
}

// Dark above, bright below as stored. The tag says on which side the first row is.
TEST(ReadJpeg, ExifOrientationIsAppliedInEitherByteOrder) {
  const std::string samples = std::string(8 * 16, '\x10') + std::string(8 * 16, '\xE0');
  struct Case {
    int orientation;
    Index dark_y, dark_x, bright_y, bright_x;
  };
  for (const bool big : {false, true}) {
    for (const Case& c :
         {Case{1, 0, 8, 15, 8}, {3, 15, 8, 0, 8}, {6, 8, 15, 8, 0}, {8, 8, 0, 8, 15}}) {
      const auto picture = read_as<std::uint8_t>(
          jpeg_format(), jpeg(16, 16, 1, JCS_GRAYSCALE, samples, exif(c.orientation, big)));
      EXPECT_EQ(picture.plane()(c.dark_y, c.dark_x), 0x10) << c.orientation;
      EXPECT_EQ(picture.plane()(c.bright_y, c.bright_x), 0xE0) << c.orientation;
    }
  }
}

TEST(ReadJpeg, AnExifBlockThatIsCutAnywhereTurnsNothing) {
  const std::string samples = std::string(8 * 16, '\x10') + std::string(8 * 16, '\xE0');
  const std::string whole = exif(3, false);
  for (size_t length = 0; length < 30; ++length) {
    const auto picture = read_as<std::uint8_t>(
        jpeg_format(), jpeg(16, 16, 1, JCS_GRAYSCALE, samples, whole.substr(0, length)));
    EXPECT_EQ(picture.plane()(0, 0), 0x10) << length;
  }
  const std::string far = whole.substr(0, 4) + number(0xFFFFFFF0, 4, false) + whole.substr(8);
  EXPECT_EQ(read_as<std::uint8_t>(jpeg_format(), jpeg(16, 16, 1, JCS_GRAYSCALE, samples, far))
                .plane()(0, 0),
            0x10);
}

TEST(ReadJpeg, CmykIsRefused) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.jpg", jpeg(8, 8, 4, JCS_CMYK, noise(256)));
  EXPECT_THAT(message_of(jpeg_format(), file),
              HasSubstr("a.jpg page 0: has 4 channels that are neither gray nor RGB"));
}

TEST(ReadJpeg, CutAnywhereItIsAnInputErrorThatNamesFileAndPage) {
  const TemporaryFolder folder;
  const std::string whole = jpeg(16, 16, 3, JCS_RGB, noise(16 * 16 * 3));
  for (size_t length = 3; length < whole.size(); ++length) {
    const auto file = folder.write("cut.jpg", whole.substr(0, length));
    ASSERT_THAT(message_of(jpeg_format(), file), HasSubstr("cut.jpg page 0: is damaged")) << length;
  }
}

TEST(ReadJpeg, DamageThatLibjpegOnlyWarnsOfIsAnError) {
  const TemporaryFolder folder;
  const std::string whole = jpeg(16, 16, 1, JCS_GRAYSCALE, noise(256));
  // Bytes of the image become a marker in its middle.
  std::string damaged = whole;
  damaged.replace(whole.size() - 100, 2, "\xFF\xD9");
  EXPECT_THAT(message_of(jpeg_format(), folder.write("a.jpg", damaged)), HasSubstr("is damaged"));
  EXPECT_EQ(message_of(jpeg_format(), folder.write("a.jpg", whole)), "no error");
}

TEST(ReadJpeg, AnyDamagedByteEndsInAnInputErrorOrInAnImage) {
  const TemporaryFolder folder;
  const std::string whole = jpeg(16, 16, 3, JCS_RGB, noise(16 * 16 * 3));
  int refused = 0;
  for (size_t at = 2; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    refused += message_of(jpeg_format(), folder.write("a.jpg", damaged)) != "no error";
  }
  EXPECT_GT(refused, 100);
}

TEST(ReadJpeg, ASizeThatTheFileCannotHoldIsRefusedBeforeMemoryIsTaken) {
  const TemporaryFolder folder;
  std::string content = jpeg(8, 8, 3, JCS_RGB, noise(192));
  const auto frame = content.find("\xFF\xC0");  // marker, length, bits, height, width
  ASSERT_NE(frame, std::string::npos);
  content.replace(frame + 5, 4, bytes({0xFF, 0xDC, 0xFF, 0xDC}));
  EXPECT_THAT(message_of(jpeg_format(), folder.write("a.jpg", content)),
              HasSubstr("more than a file of"));
}

TEST(ReadJpeg, TheOnlyPageIsPageZero) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.jpg", jpeg(8, 8, 1, JCS_GRAYSCALE, noise(64)));
  EXPECT_THAT([&] { jpeg_format().open(file, "")->read(1); },
              testing::ThrowsMessage<InputError>(HasSubstr("a.jpg page 1: is not there")));
}

}  // namespace
}  // namespace unetflow
