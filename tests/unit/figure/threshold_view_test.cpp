#include "figure/threshold_view.hpp"

#include <gmock/gmock.h>

#include "image/picture_format.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

Result result(Index height, Index width) {
  return {"a", {height, width}, {height, width}, {}, {height, width}, 0.5, {}};
}

/// The planes of a PNG, one behind the other.
std::vector<std::uint8_t> values_of(const std::string& png) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.png", png);
  return std::get<Picture<std::uint8_t>>(
             png_format().open(file, "")->read(0, Reading::kStored).values)
      .values;
}

TEST(ThresholdImages, HoldGrayValueProbabilityAndLabel) {
  auto made = result(1, 3);
  made.image.values = {0, 1, 1};
  made.foreground.values = {0.2f, 1, 0};
  made.label.values = {0, 3, kIgnored};
  const auto images = threshold_images({made});
  ASSERT_EQ(images.size(), 1u);
  EXPECT_TRUE(images[0].labelled);
  EXPECT_THAT(values_of(images[0].png), testing::ElementsAre(0, 255, 255, 51, 255, 0, 0, 255, 128));
}

TEST(ThresholdImages, AreTheMiddleOfLargeImages) {
  auto made = result(2, 600);
  made.foreground.plane()(0, 44) = 1;  // the first column of the middle 512
  made.label = {};
  const auto images = threshold_images({made});
  EXPECT_FALSE(images[0].labelled);
  EXPECT_EQ(values_of(images[0].png).at(2 * 512), 255);
}

}  // namespace
}  // namespace unetflow
