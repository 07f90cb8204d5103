#include <gmock/gmock.h>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(IoU, IsTheIntersectionOverTheUnion) {
  EXPECT_DOUBLE_EQ(value_at("iou", picture_of({"#####."}, {"###..#"})), 3.0 / 6);
}

TEST(IoU, IsTheMeanOverClasses) {
  auto picture = picture_of({"####.."}, {"####.."});
  picture.class_count = 3;
  picture.classes = picture.label;
  picture.label.values = {1, 1, 2, 2, 0, 0};
  picture.classes.values = {1, 2, 2, 2, 0, 0};
  EXPECT_DOUBLE_EQ(value_at("iou", picture), (1.0 / 2 + 2.0 / 3) / 2);
}

}  // namespace
}  // namespace unetflow
