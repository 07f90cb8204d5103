#include <gmock/gmock.h>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(Dice, IsTwiceTheIntersectionOverBothAreas) {
  EXPECT_DOUBLE_EQ(value_at("dice", picture_of({"#####."}, {"###..#"})), 6.0 / 9);
}

}  // namespace
}  // namespace unetflow
