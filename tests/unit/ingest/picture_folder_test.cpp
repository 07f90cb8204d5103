#include "ingest/picture_folder.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "artifact/shard.hpp"
#include "core/error.hpp"
#include "image/write_picture.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Files whose pages are one pixel each.
class PictureFolderTest : public testing::Test {
 protected:
  void write_png_of(const std::string& name, std::uint8_t value) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    write_png(root_ / name, Plane<const std::uint8_t>(&value, 1, 1));
  }
  void write_stack(const std::string& name, const std::vector<std::uint8_t>& values) const {
    std::vector<Plane<const std::uint8_t>> pages;
    for (const auto& value : values) pages.emplace_back(&value, 1, 1);
    std::filesystem::create_directories((root_ / name).parent_path());
    write_tiff<std::uint8_t>(root_ / name, pages);
  }
  /// An HDF5 file with datasets "raw" and "labels/cells".
  void write_hdf5(const std::string& shard, const std::vector<std::uint8_t>& values) const {
    ShardWriter writer(root_ / (shard + ".json"));
    for (const char* name : {"raw", "labels/cells"}) {
      writer.write_whole<std::uint8_t>(name, {static_cast<std::int64_t>(values.size()), 1, 1},
                                       values, {{"page", "y", "x"}, "1", "of a test"});
    }
    Manifest manifest;
    manifest.kind = "images";
    manifest.stage = "test";
    manifest.config = Json::object();
    writer.commit(manifest);
  }
  /// The pixels of all pages that a pattern gives.
  std::vector<int> pixels(const std::string& pattern) const {
    PictureFolder folder(root_);
    std::vector<int> values;
    for (const auto& page : folder.list(pattern)) {
      values.push_back(std::get<Picture<std::uint8_t>>(folder.read(page).values).values.at(0));
    }
    return values;
  }
  auto listing(const std::string& pattern) const {
    return [this, pattern] { PictureFolder(root_).list(pattern); };
  }

  const TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path;
};

TEST_F(PictureFolderTest, OfAnArtifactHoldsNoImageThatIsNotDescribed) {
  for (const char* name : {"image/0.png", "image/1.png", "label/0.png"}) write_png_of(name, 7);
  const PictureFolder folder(root_, {{"image/0.png", "label/0.png"}});
  EXPECT_EQ(folder.list("label/*.png").size(), 1u);
  EXPECT_THAT([&] { folder.list("image/*.png"); },
              ThrowsMessage<InputError>(HasSubstr("image/1.png: is a file that the manifest of its "
                                                  "folder does not describe")));
}

TEST_F(PictureFolderTest, AFileAFolderAndAPatternGiveFilesInNaturalOrder) {
  write_png_of("image/10.png", 10);
  write_png_of("image/9.png", 9);
  write_stack("image/11.TIF", {11, 12});
  temporary_.write("image/notes.txt", "not an image");
  EXPECT_THAT(pixels("image/9.png"), ElementsAre(9));
  EXPECT_THAT(pixels("image"), ElementsAre(9, 10, 11, 12));
  EXPECT_THAT(pixels("image/1*"), ElementsAre(10, 11, 12));
  EXPECT_THAT(pixels("im*/?.png"), ElementsAre(9));
}

TEST_F(PictureFolderTest, ANameThatLooksLikeAPatternIsThatFile) {
  write_png_of("a[1].png", 7);
  write_png_of("a1.png", 8);
  EXPECT_THAT(pixels("a[1].png"), ElementsAre(7));
}

TEST_F(PictureFolderTest, AFileIsKnownByItsContentNotByItsName) {
  write_stack("stack.png", {1, 2});
  EXPECT_THAT(pixels("stack.png"), ElementsAre(1, 2));
}

TEST_F(PictureFolderTest, ADatasetOfHdf5IsAStack) {
  write_hdf5("a", {1, 2});
  write_hdf5("b", {3});
  EXPECT_THAT(pixels("a.h5:raw"), ElementsAre(1, 2));
  EXPECT_THAT(pixels("a.h5:labels/cells"), ElementsAre(1, 2));
  EXPECT_THAT(pixels("*.h5:raw"), ElementsAre(1, 2, 3));
  const PictureFolder folder(root_);
  const auto pages = folder.list("a.h5:raw");
  EXPECT_EQ(pages[1].file, "a.h5");
  EXPECT_EQ(pages[1].dataset, "raw");
  EXPECT_EQ(pages[1].name(), "a:1");
  EXPECT_EQ(folder.list("b.h5:raw")[0].name(), "b");
  EXPECT_EQ(folder.path(pages[1]), root_ / "a.h5");
  EXPECT_EQ(folder.place(pages[1]), (root_ / "a.h5").string() + " dataset raw page 1");
  EXPECT_THAT(listing("a.h5:row"), ThrowsMessage<InputError>(HasSubstr("dataset row: is missing")));
  EXPECT_THAT(listing("a.h5"),
              ThrowsMessage<InputError>(HasSubstr("is an HDF5 file, expected FILE:DATASET")));
}

TEST_F(PictureFolderTest, OnlyHdf5HasDatasets) {
  write_png_of("a.png", 1);
  EXPECT_THAT(listing("a.png:raw"),
              ThrowsMessage<InputError>(HasSubstr("is a PNG file, which has no dataset raw")));
  write_png_of("t:0.png", 5);  // a colon is a character like others in other names
  EXPECT_THAT(pixels("t:0.png"), ElementsAre(5));
  EXPECT_THAT(pixels("t:*"), ElementsAre(5));
}

TEST_F(PictureFolderTest, StacksReadSideBySideKeepTheirPages) {
  write_stack("a.tif", {1, 2, 3});
  write_stack("b.tif", {4, 5, 6});
  write_stack("c.tif", {7, 8, 9});
  PictureFolder folder(root_);
  const auto pages = folder.list("*.tif");
  for (const size_t i : {0, 3, 1, 4, 6, 2, 5, 8, 7, 0}) {
    EXPECT_THAT(std::get<Picture<std::uint8_t>>(folder.read(pages[i]).values).values,
                ElementsAre(i + 1));
  }
}

TEST_F(PictureFolderTest, WhatIsNotAnImageIsAnInputError) {
  temporary_.write("a.xyz", "GIMP xcf");
  temporary_.write("empty.png");
  temporary_.write("text/notes.txt");
  for (const char* name : {"a.xyz", "empty.png"}) {
    EXPECT_THAT(listing(name), ThrowsMessage<InputError>(HasSubstr(
                                   std::string(name) +
                                   ": is not an image of a known format, expected one of PNG")));
  }
  EXPECT_THAT(listing("absent.png"), ThrowsMessage<InputError>(HasSubstr("matches no file")));
  EXPECT_THAT(listing("text"), ThrowsMessage<InputError>(HasSubstr("text: has no image files")));
  EXPECT_THAT(listing("/etc"), ThrowsMessage<InputError>(HasSubstr("/etc: is an absolute path")));
}

TEST_F(PictureFolderTest, AFileThatGoesAwayIsAnInputError) {
  write_png_of("a.png", 1);
  PictureFolder folder(root_);
  const auto pages = folder.list("a.png");
  fs::remove(root_ / "a.png");
  EXPECT_THAT([&] { folder.read(pages[0]); },
              ThrowsMessage<InputError>(HasSubstr("a.png: is not a file")));
}

TEST_F(PictureFolderTest, SaysWhichImagesOfAFolderAreNotRead) {
  write_png_of("image/a.png", 1);
  std::ofstream(root_ / "image/b.czi") << "x";
  std::ofstream(root_ / "image/notes.txt") << "x";
  const PictureFolder folder(root_);
  EXPECT_THAT(folder.unread("image"), ElementsAre(HasSubstr("image/b.czi: is a Zeiss CZI file")));
  EXPECT_THAT(folder.unread("image/*.png"), testing::IsEmpty());
}

}  // namespace
}  // namespace unetflow
