#include "ingest/ingest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "../image/image_files.hpp"
#include "artifact/shard.hpp"
#include "core/error.hpp"
#include "image/write_picture.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class Ingest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root / "image");
    fs::create_directories(root / "label");
    config.sources = {{"image/*", "label/*", "train"}};
  }
  /// A picture of 1 x n pixels.
  template <class T>
  void write(const std::string& name, std::vector<T> pixels) const {
    const Plane<const T> page(pixels.data(), 1, static_cast<Index>(pixels.size()));
    write_tiff<T>(root / name, std::span(&page, 1));
  }
  LabelledPicture first() const {
    PictureFolder folder(root);
    return ingest_picture(config, folder, list_pictures(config, folder).pictures.at(0));
  }
  const TemporaryFolder temporary;
  const fs::path root = temporary.path;
  IngestConfig config;
};

TEST_F(Ingest, SortsFilesNaturally) {
  for (const char* name : {"10.tif", "2.tif", "1.tif"}) {
    write<std::uint8_t>(std::string("image/") + name, {0});
    write<std::uint8_t>(std::string("label/") + name, {255});
  }
  const auto pictures = list_pictures(config, PictureFolder(root)).pictures;
  ASSERT_EQ(pictures.size(), 3u);
  EXPECT_EQ(pictures[1].name, "2");
  EXPECT_EQ(pictures[2].name, "10");
  EXPECT_EQ(pictures[2].labels.at(0).file, "label/10.tif");
  EXPECT_EQ(pictures[2].index, 2);
}

TEST_F(Ingest, JoinsLabelsByNameAndSaysSoWhereItCannot) {
  for (const char* name : {"A", "A_crop", "B"}) {
    write<std::uint8_t>(fmt::format("image/{}.tif", name), {0});
  }
  for (const char* name : {"A_crop", "A"}) {
    write<std::uint8_t>(fmt::format("label/{}_mask.tif", name), {255});
  }
  const auto named = list_pictures(config, PictureFolder(root));
  EXPECT_THAT(named.remarks, IsEmpty());
  EXPECT_THAT(named.pictures.at(0).label_names(), ElementsAre("label/A_mask.tif"));
  EXPECT_THAT(named.pictures.at(1).label_names(), ElementsAre("label/A_crop_mask.tif"));
  EXPECT_THAT(named.pictures.at(2).label_names(), IsEmpty());
  EXPECT_EQ(named.pictures.at(2).subset, "test");
  PictureFolder folder(root);
  const auto& crop = named.pictures.at(1);
  EXPECT_THAT(entry_of(crop, ingest_picture(config, folder, crop)).labels,
              ElementsAre("label/A_crop_mask.tif"));
  config.sources = {{"image/A*", "label/A*", "train"}};
  fs::rename(root / "label/A_mask.tif", root / "label/Ax.tif");
  fs::rename(root / "label/A_crop_mask.tif", root / "label/Ay.tif");
  EXPECT_THAT(list_pictures(config, PictureFolder(root)).remarks,
              ElementsAre(HasSubstr("Ax.tif page 0: belongs to")));
}

TEST_F(Ingest, TakesEveryPageOfAStackAsAPicture) {
  const std::vector<std::uint8_t> a = {1, 2}, b = {3, 4};
  const std::vector<Plane<const std::uint8_t>> pages = {{a.data(), 1, 2}, {b.data(), 1, 2}};
  write_tiff<std::uint8_t>(root / "image/stack.tif", pages);
  config.sources = {{"image/*", "", "test"}};
  const auto pictures = list_pictures(config, PictureFolder(root)).pictures;
  ASSERT_EQ(pictures.size(), 2u);
  EXPECT_EQ(pictures[1].name, "stack:1");
  EXPECT_EQ(pictures[1].subset, "test");
  PictureFolder folder(root);
  EXPECT_THAT(ingest_picture(config, folder, pictures[1]).input.values,
              ElementsAre(FloatEq(3.f / 255), FloatEq(4.f / 255)));
}

TEST_F(Ingest, TellsOfPagesThatAListLeavesOut) {
  const std::vector<std::uint8_t> page = {1, 2};
  const std::vector<Plane<const std::uint8_t>> pages(4, {page.data(), 1, 2});
  write_tiff<std::uint8_t>(root / "movie.tif", pages);
  write<std::uint8_t>("label/t1.tif", {0, 255});
  config.sources = {{}};
  config.sources[0].pairs = "pairs.csv";
  temporary.write("pairs.csv",
                  "picture,picture_page,label\nmovie.tif,1,label/t1.tif\nmovie.tif,3,\n");
  const auto listing = list_pictures(config, PictureFolder(root));
  EXPECT_EQ(listing.pictures.size(), 2);
  EXPECT_THAT(listing.remarks,
              ElementsAre(HasSubstr("movie.tif: 2 of its 4 pages are not in pairs.csv")));
  temporary.write("pairs.csv", "picture,label\nmovie.tif,\n");
  EXPECT_THAT(list_pictures(config, PictureFolder(root)).remarks, IsEmpty());
}

TEST_F(Ingest, TakesDatasetsOfHdf5AsStacks) {
  ShardWriter shard(root / "volume.json");
  const std::vector<std::uint8_t> raw = {0, 51, 102, 255};
  const std::vector<std::int32_t> cells = {0, 0, 7, 9};
  const DatasetInfo info = {{"page", "y", "x"}, "1", "of a test"};
  shard.write_whole<std::uint8_t>("raw", {2, 1, 2}, raw, info);
  shard.write_whole<std::int32_t>("cells", {2, 1, 2}, cells, info);
  Manifest manifest;
  manifest.kind = "images";
  manifest.stage = "test";
  manifest.config = Json::object();
  shard.commit(manifest);
  config.sources = {{"volume.h5:raw", "volume.h5:cells", "train"}};
  config.labels.kind = "instances";
  PictureFolder folder(root);
  const auto pictures = list_pictures(config, folder).pictures;
  ASSERT_EQ(pictures.size(), 2u);
  EXPECT_EQ(pictures[1].name, "volume:1");
  const auto picture = ingest_picture(config, folder, pictures[1]);
  EXPECT_THAT(picture.input.values, ElementsAre(FloatEq(0.4f), 1.f));
  EXPECT_THAT(picture.instances.values, ElementsAre(7, 9));
  const PictureEntry entry = entry_of(pictures[1], picture);
  EXPECT_EQ(entry.index, 1);
  EXPECT_EQ(entry.height, 1);
  EXPECT_EQ(entry.width, 2);
  EXPECT_TRUE(entry.labelled);
  EXPECT_TRUE(entry.instances);
}

TEST_F(Ingest, OnlyPredictsImagesWithoutLabels) {
  write<std::uint8_t>("image/a.tif", {0});
  write<std::uint8_t>("label/a.tif", {255});
  fs::create_directories(root / "image/new");
  write<std::uint8_t>("image/new/b.tif", {0});
  config.sources = {{"image/new/*", "", "train"}, {"image/*", "label/*", "train"}};
  const auto pictures = list_pictures(config, PictureFolder(root)).pictures;
  EXPECT_EQ(pictures.at(0).subset, "test");
  EXPECT_EQ(pictures.at(1).subset, "train");
}

TEST_F(Ingest, TakesFilesOfTheNarrowerPatternForLabelsBesideTheirImages) {
  for (const char* name : {"a", "b"}) {
    write<std::uint8_t>(fmt::format("image/{}.tif", name), {0});
    write<std::uint8_t>(fmt::format("image/{}_mask.tif", name), {255});
  }
  config.sources = {{"image/*", "image/*_mask*"}};
  const auto listing = list_pictures(config, PictureFolder(root));
  ASSERT_EQ(listing.pictures.size(), 2u);
  EXPECT_THAT(listing.pictures[1].label_names(), ElementsAre("image/b_mask.tif"));
  EXPECT_THAT(listing.remarks,
              ElementsAre(HasSubstr("a_mask.tif: matches the patterns of images and of labels; "
                                    "taken for one of the labels (and 1 more)")));
  config.sources = {{"image/?.tif", "image/*"}};
  EXPECT_THAT(list_pictures(config, PictureFolder(root)).pictures.at(0).label_names(),
              ElementsAre("image/a_mask.tif"));
  config.sources = {{"image/*", "image/*"}};
  EXPECT_THAT([&] { first(); }, ThrowsMessage<InputError>(HasSubstr("expected one of them")));
  config.sources = {{"image/?.tif", "", "train"}, {"image/a.tif", "", "test"}};
  EXPECT_THAT([&] { first(); }, ThrowsMessage<InputError>(HasSubstr("is in two of the sources")));
}

TEST_F(Ingest, RefusesLabelsOfAnotherTimeOrDepth) {
  const auto write_movie = [&](const char* name, Index frames, Index slices) {
    fs::remove(root / name);
    FileDescription description;
    description.axes = {"TZ", {frames, slices}};
    TiffWriter writer(root / name, 6, description);
    const std::uint8_t pixel = 0;
    for (int i = 0; i < 6; ++i) writer.add(Plane<const std::uint8_t>(&pixel, 1, 1));
    writer.close();
  };
  write_movie("image/a.tif", 3, 2);
  write_movie("label/a.tif", 3, 2);
  EXPECT_EQ(list_pictures(config, PictureFolder(root)).pictures.size(), 6u);
  write_movie("label/a.tif", 2, 3);
  EXPECT_THAT([&] { first(); },
              ThrowsMessage<InputError>(
                  HasSubstr("page 2: says that it is of time 0 and depth 2, but " +
                            (root / "image/a.tif").string() + " page 2 is of time 1 and depth 0")));
}

TEST_F(Ingest, RefusesNamesThatAreNotUtf8) {
  write<std::uint8_t>("image/Z\xfcrich.tif", {0});
  write<std::uint8_t>("label/Z\xfcrich.tif", {0});
  EXPECT_THAT([&] { first(); }, ThrowsMessage<InputError>(HasSubstr("is not UTF-8")));
}

TEST_F(Ingest, KeepsTouchingInstancesAsAnnotated) {
  write<std::uint8_t>("image/a.tif", {0, 0, 0, 0, 0, 0});
  write<std::uint16_t>("label/a.tif", {1, 1, 300, 300, 0, 5});
  config.labels.kind = "instances";
  EXPECT_THAT(first().instances.values, ElementsAre(1, 1, 300, 300, 0, 5));
  EXPECT_THAT(first().label.values, ElementsAre(1, 1, 1, 1, 0, 1));
}

/// A row of pixels in an 8-bit TIFF with this Orientation; 0: without the tag.
std::string turned_tiff(int orientation, const std::string& pixels) {
  auto stored = page(1, static_cast<int>(pixels.size()), 8, {pixels});
  if (orientation != 0) stored.tags[kOrientation] = {orientation};
  return tiff({stored});
}

TEST_F(Ingest, TurnsLabelsAsTheirTagSaysOrAsTheImageIsTurned) {
  const auto values_of = [&](int image, int label, const std::string& pixels) {
    temporary.write("image/a.tif", turned_tiff(image, bytes({1, 2, 3})));
    temporary.write("label/a.tif", turned_tiff(label, pixels));
    return first().label.values;
  };
  const std::string drawn = bytes({0, 9, 9});
  // Both say that the first column is on the right.
  EXPECT_THAT(values_of(2, 2, drawn), ElementsAre(1, 1, 0));
  EXPECT_THAT(values_of(0, 2, drawn), ElementsAre(1, 1, 0));
  // Rows are columns, and the label without a tag is as wide as the image was stored.
  EXPECT_THAT(values_of(8, 0, drawn), ElementsAre(1, 1, 0));
  EXPECT_THAT(values_of(6, 6, drawn), ElementsAre(0, 1, 1));
  // Without a tag, 1 x 3 fits an image that is only mirrored in both ways.
  EXPECT_THAT([&] { values_of(2, 0, drawn); },
              ThrowsMessage<InputError>(HasSubstr("says nothing of how it is to be turned, and")));
}

TEST_F(Ingest, RefusesLabelsOfAnotherSize) {
  write<std::uint8_t>("image/a.tif", {0, 0});
  write<std::uint8_t>("label/a.tif", {0, 255, 255});
  EXPECT_THAT([&] { first(); }, ThrowsMessage<InputError>(HasSubstr("is 1 x 3")));
}

}  // namespace
}  // namespace unetflow
