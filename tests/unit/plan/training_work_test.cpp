#include "plan/training_work.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(TrainingWork, CountsTheProductsOfASmallNetwork) {
  // One pooling, 2 wide, 20 px: 18 and 16 px; 8 -> 6 and 4; 8; 6 and 4.
  const double encoder = 2.25 * (18 * 18 * 1 * 2 + 16 * 16 * 2 * 2);
  const double bottom = 2.25 * (6 * 6 * 2 * 4 + 4 * 4 * 4 * 4);
  const double decoder = 8 * 8 * 4 * 2 + 2.25 * (6 * 6 * 4 * 2 + 4 * 4 * 2 * 2);
  const double prediction = 4 * 4 * 2 * 3;
  const TrainedShape shape{
      .depth = 1, .width = 2, .channels = 1, .classes = 3, .input_size = 20, .batch = 2};
  EXPECT_DOUBLE_EQ(work_of_update(shape).products,
                   2 * 3 * (encoder + bottom + decoder + prediction));
}

TEST(TrainingWork, TwiceTheWidthIsFourTimesTheProductsAndTwiceTheNumbers) {
  TrainedShape shape;
  shape.width = 32;
  const auto narrow = work_of_update(shape);
  shape.width = 64;
  const auto wide = work_of_update(shape);
  EXPECT_NEAR(wide.products / narrow.products, 4, 0.05);
  EXPECT_NEAR(wide.activations / narrow.activations, 2, 1e-9);
  EXPECT_LT(bytes_of(narrow), bytes_of(wide));
}

TEST(TrainingWork, TwiceTheSpeedIsHalfTheTime) {
  const auto work = work_of_update({});
  EXPECT_DOUBLE_EQ(seconds_of(work, 1e10), 2 * seconds_of(work, 2e10));
  const double speed = measured_speed(1);
  EXPECT_GT(speed, 1e8);
  EXPECT_LT(speed, 1e12);
}

}  // namespace
}  // namespace unetflow
