#include <gmock/gmock.h>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(PixelDisagreement, IsTheFractionOfWrongPixels) {
  EXPECT_DOUBLE_EQ(value_at("pixel_disagreement", picture_of({"#####."}, {"###..#"})), 0.5);
}

}  // namespace
}  // namespace unetflow
