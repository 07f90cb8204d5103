#include "ingest/pixel_size.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

using Size = std::array<double, 2>;

std::vector<SourcePicture> pictures_of(const std::vector<Size>& sizes) {
  std::vector<SourcePicture> pictures;
  for (const auto& size : sizes) {
    pictures.emplace_back();
    pictures.back().picture.file = std::to_string(pictures.size()) + ".tif";
    pictures.back().picture.pixel_size_um = size;
  }
  return pictures;
}

std::vector<double> found(const std::vector<Size>& sizes, const std::vector<double>& configured,
                          std::vector<std::string>& remarks) {
  return pixel_size_of(pictures_of(sizes), PictureFolder("d"), configured, remarks);
}

TEST(PixelSize, IsThatOfTheFilesThatSayOne) {
  std::vector<std::string> remarks;
  EXPECT_THAT(found({{0.5, 0.25}, {0.50001, 0.25}}, {}, remarks), ElementsAre(0.5, 0.25));
  EXPECT_THAT(found({{0, 0}, {0.5, 0}}, {}, remarks), IsEmpty());
  EXPECT_THAT(remarks, IsEmpty());
  EXPECT_THAT(found({{0, 0}, {0.5, 0.25}}, {}, remarks), ElementsAre(0.5, 0.25));
  EXPECT_THAT(remarks, ElementsAre("d/1.tif: does not say how large its pixels are; taken as 0.5 x "
                                   "0.25 um (height x width) like d/2.tif"));
}

TEST(PixelSize, OfFilesThatDifferIsRefused) {
  std::vector<std::string> remarks;
  EXPECT_THAT(
      [&] {
        found({{0.5, 0.5}, {0.6, 0.5}}, {}, remarks);
      },
      ThrowsMessage<InputError>(
          HasSubstr("d/2.tif: has pixels of 0.6 x 0.5 um (height x width), d/1.tif of 0.5 x "
                    "0.5 um (height x width); expected one size: state pixel_size")));
}

TEST(PixelSize, AsConfiguredWinsAndWhatDiffersIsTold) {
  std::vector<std::string> remarks;
  EXPECT_THAT(found({{0.5, 0.5}}, {0.5, 0.5}, remarks), ElementsAre(0.5, 0.5));
  EXPECT_THAT(remarks, IsEmpty());
  EXPECT_THAT(found({{0.5, 0.5}, {0.6, 0.5}}, {0.5}, remarks), ElementsAre(0.5, 0.5));
  EXPECT_THAT(remarks,
              ElementsAre("d/2.tif: says that its pixels are 0.6 x 0.5 um (height x "
                          "width); taken as 0.5 x 0.5 um (height x width), as configured"));
}

TEST(PixelSize, OfALabelThatDiffersFromItsImagesIsTold) {
  std::vector<std::string> remarks;
  const auto compare = [&](Size label) {
    auto pictures = pictures_of({{0.5, 0.5}, {0.5, 0.5}});
    for (auto& picture : pictures) {
      picture.labels.emplace_back();
      picture.labels.back().file = "l.tif";
      picture.labels.back().pixel_size_um = label;
    }
    compare_label_pixels(pictures, PictureFolder("d"), remarks);
  };
  compare({0, 0});
  compare({0.5, 0.5});
  EXPECT_THAT(remarks, IsEmpty());
  compare({1, 1});
  EXPECT_THAT(remarks, ElementsAre(testing::AllOf(
                           HasSubstr("d/l.tif page 0: says that its pixels are 1 x 1 um"),
                           HasSubstr("its image, d/1.tif page 0, that they are 0.5 x 0.5 um"),
                           HasSubstr("(and 1 more)"))));
}

}  // namespace
}  // namespace unetflow
