#include "image/picture_stack.hpp"

#include <gmock/gmock.h>

#include "image_files.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A TIFF with this ImageDescription on its first page.
std::string described(std::vector<TiffPage> pages, const std::string& text) {
  pages.front().tags[kDescription] = text_of(text);
  return tiff(pages);
}

class PictureStackTest : public testing::Test {
 protected:
  PictureStack open(const std::string& content, const std::string& axes = "") const {
    return {tiff_format(), folder_.write("a.tif", content), "", axes};
  }
  static std::vector<std::uint8_t> values(PictureStack stack, Index image) {
    return std::get<Picture<std::uint8_t>>(stack.read(image).values).values;
  }
  const TemporaryFolder folder_;
};

const std::vector<TiffPage> kFour = {page(1, 2, 8, {bytes({1, 2})}), page(1, 2, 8, {bytes({3, 4})}),
                                     page(1, 2, 8, {bytes({5, 6})}),
                                     page(1, 2, 8, {bytes({7, 8})})};

TEST_F(PictureStackTest, PutsTheChannelsOfAnImageBehindEachOther) {
  const auto content = described(kFour, "ImageJ=1.5\nimages=4\nchannels=2\nslices=2\n");
  EXPECT_EQ(open(content).images(), 2);
  EXPECT_THAT(values(open(content), 1), ElementsAre(5, 6, 7, 8));
}

TEST_F(PictureStackTest, WhatTheUserStatesWinsOverTheFile) {
  const auto content = described(kFour, "ImageJ=1.5\nimages=4\nchannels=2\nslices=2\n");
  EXPECT_EQ(open(content, "TYX").images(), 4);
  EXPECT_THAT(values(open(content, "C2TYX"), 1), ElementsAre(3, 4, 7, 8));
}

TEST_F(PictureStackTest, WhatIsUnclearIsRefusedUntilTheUserStatesIt) {
  const auto content = described(kFour, "ImageJ=1.5\nimages=4\nchannels=3\n");
  EXPECT_THAT([&] { open(content); },
              ThrowsMessage<InputError>(HasSubstr("a.tif: has 4 pages, but its ImageJ metadata say "
                                                  "1 frames, 1 slices and 3 channels; expected its "
                                                  "axes to be stated")));
  EXPECT_EQ(open(content, "TYX").images(), 4);
}

TEST_F(PictureStackTest, APageMayBeARowOfAllChannels) {
  EXPECT_EQ(open(tiff(kFour), "YXC").images(), 1);
  auto stack = open(tiff(kFour), "YXC");  // four rows of one pixel with two channels
  const auto image = std::get<Picture<std::uint8_t>>(stack.read(0).values);
  EXPECT_THAT(image.values, ElementsAre(1, 3, 5, 7, 2, 4, 6, 8));
  EXPECT_THAT((std::array{image.channels, image.height, image.width}), ElementsAre(2, 4, 1));
}

TEST_F(PictureStackTest, PlanesBehindTheOnlyDirectoryAreRead) {
  const auto content =
      described({page(1, 2, 16, {bytes({1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0})}, {{kCounts, {4}}})},
                "ImageJ=1.5\nimages=3\n");
  auto stack = open(content);
  ASSERT_EQ(stack.images(), 3);
  EXPECT_THAT(std::get<Picture<std::uint16_t>>(stack.read(2).values).values, ElementsAre(5, 6));
  EXPECT_THAT(std::get<Picture<std::uint16_t>>(stack.read(0).values).values, ElementsAre(1, 2));
}

TEST_F(PictureStackTest, PlanesThatTheFileIsTooShortForAreRefused) {
  const auto content = described({page(1, 2, 8, {bytes({1, 2})})}, "ImageJ=1.5\nimages=900\n");
  EXPECT_THAT([&] { open(content); },
              ThrowsMessage<InputError>(HasSubstr("has 1 page, but its ImageJ metadata say "
                                                  "images=900")));
}

TEST_F(PictureStackTest, ChannelsOfOneImageHaveOneSize) {
  const auto content = described({page(1, 2, 8, {bytes({1, 2})}), page(1, 1, 8, {bytes({1})})},
                                 "ImageJ=1.5\nimages=2\nchannels=2\n");
  EXPECT_THAT([&] { open(content).read(0); },
              ThrowsMessage<InputError>(HasSubstr("a.tif page 1: is 1 x 1 (height x width), "
                                                  "expected 1 x 2 like page 0")));
}

}  // namespace
}  // namespace unetflow
