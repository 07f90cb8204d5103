#include <gmock/gmock.h>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(PixelError, IsOneMinusTheFScoreOfTheForeground) {
  // 3 found, 1 mistaken, 2 missed: precision 3/4, recall 3/5.
  EXPECT_DOUBLE_EQ(value_at("pixel_error", picture_of({"#####."}, {"###..#"})), 1 - 2.0 / 3);
}

TEST(PixelError, DependsOnTheThreshold) {
  // 0.1f is above the threshold 0.1: all is foreground.
  EXPECT_EQ(value_at("pixel_error", picture_of({"#..."}, {"#..."}), 0.1), 1 - 0.4);
}

}  // namespace
}  // namespace unetflow
