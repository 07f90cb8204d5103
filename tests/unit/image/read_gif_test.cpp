#include "image_files.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A frame of 3 x 2 pixels with the colours 0, 1, 2 and 2, 1, 0, on a screen `width` wide.
std::string frame(int width = 3) {
  return bytes({44, 0, 0, 0, 0, width, 0, 2, 0, 0, 8, 9, 0, 1, 4, 16, 32, 32, 0, 128, 128, 0});
}

/// Black, red, blue and a gray; `frames` with what is before them.
std::string gif(const std::string& frames, int width = 3) {
  return "GIF89a" + bytes({width, 0, 2, 0, 129, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 9, 9, 9}) +
         frames + ";";
}

TEST(ReadGif, ColoursAreThoseOfThePaletteAndLabelsItsNumbers) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.gif", gif(frame()));
  const auto pictures = gif_format().open(file, "");
  const auto seen = pictures->read(0);
  EXPECT_THAT(std::get<Picture<std::uint8_t>>(seen.values).values,
              ElementsAre(0, 255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0));
  EXPECT_EQ(seen.alpha_dropped, 0);
  EXPECT_THAT(std::get<Picture<std::uint8_t>>(pictures->read(0, Reading::kStored).values).values,
              ElementsAre(0, 1, 2, 2, 1, 0));
  EXPECT_THAT(pictures->read(0, Reading::kStored).palette[1],
              ElementsAre(std::uint8_t{255}, std::uint8_t{0}, std::uint8_t{0}));
}

TEST(ReadGif, EachFrameIsAnImage) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.gif", gif(frame() + frame()));
  EXPECT_EQ(gif_format().open(file, "")->pages(), 2);
}

TEST(ReadGif, SaysThatTransparencyWasDropped) {
  const TemporaryFolder folder;
  const std::string blue_is_transparent = bytes({33, 249, 4, 1, 0, 0, 2, 0});
  const auto file = folder.write("a.gif", gif(blue_is_transparent + frame()));
  EXPECT_EQ(gif_format().open(file, "")->read(0).alpha_dropped, 1);
}

TEST(ReadGif, PartsOfTheScreenAndDamageAreRefused) {
  const auto refuses = [](const std::string& content, const std::string& message) {
    const TemporaryFolder folder;
    EXPECT_THAT(message_of(gif_format(), folder.write("a.gif", content)), HasSubstr(message));
  };
  refuses(gif(frame() + frame(), 4), "has images of a part of its screen");
  refuses(gif(""), "has no images");
  refuses(gif(frame()).substr(0, 40), "is damaged or cut short");
}

}  // namespace
}  // namespace unetflow
