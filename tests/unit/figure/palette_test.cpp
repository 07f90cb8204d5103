#include "figure/palette.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(Palette, ColoursAreWrittenAsHexNumbers) {
  EXPECT_EQ(hex({0, 114, 178}), "#0072b2");
  EXPECT_EQ(hex(colour::kWhite), "#ffffff");
}

}  // namespace
}  // namespace unetflow
