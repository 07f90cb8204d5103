#include "image/probability.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(ForegroundProbability, IsWhatTheBackgroundLeaves) {
  Picture<float> probability(3, 1, 2);
  probability.values = {0.25F, 1, 0.5F, 0, 0.25F, 0};
  EXPECT_THAT(foreground_probability(probability).values, testing::ElementsAre(0.75F, 0));
}

TEST(In8Bits, RoundsToTheNearestAndCutsOff) {
  Picture<float> probability(1, 5);
  probability.values = {0, 0.5F, 1, 1.001F, -0.1F};
  EXPECT_THAT(in_8_bits(probability).values, testing::ElementsAre(0, 128, 255, 255, 0));
}

}  // namespace
}  // namespace unetflow
