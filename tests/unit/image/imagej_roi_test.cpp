#include "image/outlines.hpp"
#include "image_files.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// A traced triangle at y = 5, x = 7, in the fourth image of a stack.
std::string triangle() {
  std::string roi = "Iout" + big_endian(228, 2) + bytes({8, 0}) + big_endian(5, 2) +
                    big_endian(7, 2) + big_endian(9, 2) + big_endian(11, 2) + big_endian(3, 2);
  roi.resize(56);
  roi += big_endian(4, 4) + big_endian(0, 4);
  for (const std::uint32_t coordinate : {0, 4, 0, 0, 0, 4}) roi += big_endian(coordinate, 2);
  return roi;
}

TEST(ImagejRoi, HasItsPointsAndItsPlaceInTheStack) {
  const Outline cell = parse_imagej_roi(triangle(), "a.roi");
  ASSERT_EQ(cell.areas.size(), 1u);
  const Ring& ring = cell.areas[0].rings.at(0);
  ASSERT_EQ(ring.size(), 3u);
  EXPECT_EQ(ring[1].x, 11);
  EXPECT_EQ(ring[2].y, 9);
  EXPECT_EQ(cell.page, 3);
  EXPECT_EQ(cell.t, -1);
}

TEST(ImagejRoi, ThatIsCutShortIsRefused) {
  const std::string whole = triangle();
  for (size_t size = 4; size < whole.size(); ++size) {
    EXPECT_THAT([&] { parse_imagej_roi(whole.substr(0, size), "a.roi"); },
                ThrowsMessage<InputError>("a.roi: is damaged: it ends too early"));
  }
}

TEST(ImagejRoi, WithoutAnAreaIsRefusedByName) {
  std::string line = triangle();
  line[6] = 3;
  EXPECT_THAT([&] { parse_imagej_roi(line, "a.roi"); },
              ThrowsMessage<InputError>(HasSubstr("a.roi: is a line, expected an area: polygon")));
  EXPECT_THAT([&] { parse_imagej_roi("Iou", "a.roi"); },
              ThrowsMessage<InputError>("a.roi: is not a ROI of ImageJ"));
}

}  // namespace
}  // namespace unetflow
