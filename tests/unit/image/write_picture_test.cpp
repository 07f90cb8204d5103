#include "image/write_picture.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "image/picture_format.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;

/// Values that use the whole range of T and do not repeat from row to row.
template <class T>
Picture<T> colourful(Index channels, Index height, Index width) {
  Picture<T> picture(channels, height, width);
  std::uint32_t state = 1;
  for (T& value : picture.values) {
    state = state * 1664525u + 1013904223u;
    value = std::is_floating_point_v<T> ? static_cast<T>(state) / static_cast<T>(-3e7)
                                        : static_cast<T>(state >> (32 - 8 * sizeof(T)));
  }
  return picture;
}

template <class T>
void expect_equal(const PicturePage& page, const Picture<T>& expected) {
  ASSERT_TRUE(std::holds_alternative<Picture<T>>(page.values));
  const auto& got = std::get<Picture<T>>(page.values);
  EXPECT_EQ(got.channels, expected.channels);
  EXPECT_EQ(got.height, expected.height);
  EXPECT_EQ(got.width, expected.width);
  EXPECT_TRUE(got.values == expected.values);
}

TEST(WritePng, EightBitsComeBack) {
  const TemporaryFolder folder;
  const auto picture = colourful<std::uint8_t>(1, 13, 7);
  write_png(folder.path / "a.png", picture.plane());
  expect_equal(png_format().open(folder.path / "a.png", "")->read(0), picture);
}

TEST(WritePng, ColoursComeBackAsThreeChannels) {
  const TemporaryFolder folder;
  const auto picture = colourful<std::uint8_t>(3, 13, 7);
  write_png(folder.path / "a.png", picture.stack());
  expect_equal(png_format().open(folder.path / "a.png", "")->read(0), picture);
  const auto two = colourful<std::uint8_t>(2, 13, 7);
  EXPECT_THROW(write_png(folder.path / "b.png", two.stack()), Error);
}

TEST(WritePng, PartsOfPicturesAreWrittenByTheirOwnStride) {
  const TemporaryFolder folder;
  const auto picture = colourful<std::uint8_t>(1, 9, 9);
  write_png(folder.path / "a.png", picture.plane().part(2, 3, 4, 5));
  Picture<std::uint8_t> expected(4, 5);
  for (Index y = 0; y < 4; ++y) {
    for (Index x = 0; x < 5; ++x) expected.plane()(y, x) = picture.plane()(y + 2, x + 3);
  }
  expect_equal(png_format().open(folder.path / "a.png", "")->read(0), expected);
}

template <class T>
class WriteTiffOf : public testing::Test {};
using SampleTypes = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, float>;
TYPED_TEST_SUITE(WriteTiffOf, SampleTypes);

TYPED_TEST(WriteTiffOf, PagesOfDifferentSizesComeBack) {
  const TemporaryFolder folder;
  const std::vector<Picture<TypeParam>> pictures = {colourful<TypeParam>(1, 300, 211),
                                                    colourful<TypeParam>(1, 1, 1),
                                                    colourful<TypeParam>(1, 5, 40000)};
  std::vector<Plane<const TypeParam>> pages;
  for (const auto& picture : pictures) pages.push_back(picture.plane());
  const auto file = folder.path / "stack.tif";
  write_tiff<TypeParam>(file, pages);

  const auto back = tiff_format().open(file, "");
  ASSERT_EQ(back->pages(), 3);
  for (size_t i = 0; i < 3; ++i) expect_equal(back->read(static_cast<Index>(i)), pictures[i]);
}

TEST(WritePicture, EqualPixelsGiveEqualBytes) {
  const TemporaryFolder folder;
  const auto picture = colourful<float>(1, 30, 20);
  const auto gray = colourful<std::uint8_t>(1, 30, 20);
  const std::vector<Plane<const float>> pages = {picture.plane()};
  for (const char* name : {"a", "b"}) {
    write_tiff<float>(folder.path / (std::string(name) + ".tif"), pages);
    write_png(folder.path / (std::string(name) + ".png"), gray.plane());
  }
  EXPECT_EQ(file_bytes(folder.path / "a.tif"), file_bytes(folder.path / "b.tif"));
  EXPECT_EQ(file_bytes(folder.path / "a.png"), file_bytes(folder.path / "b.png"));
}

TEST(WritePicture, AFolderThatIsNotThereIsAnErrorThatNamesTheFile) {
  const auto picture = colourful<std::uint8_t>(1, 3, 3);
  const std::vector<Plane<const std::uint8_t>> pages = {picture.plane()};
  const std::filesystem::path folder = "/nonexistent-folder";
  try {
    write_png(folder / "a.png", picture.plane());
    FAIL() << "expected Error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nonexistent-folder/a.png: "));
  }
  EXPECT_THROW(write_tiff<std::uint8_t>(folder / "a.tif", pages), Error);
}

#ifdef __linux__
TEST(WritePicture, AFullDiskIsAnError) {
  const auto picture = colourful<std::uint8_t>(1, 300, 300);
  const std::vector<Plane<const std::uint8_t>> pages = {picture.plane()};
  EXPECT_THROW(write_png("/dev/full", picture.plane()), Error);
  EXPECT_THROW(write_tiff<std::uint8_t>("/dev/full", pages), Error);
}
#endif

}  // namespace
}  // namespace unetflow
