#include "training/best_weights.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace unetflow {
namespace {

using testing::ElementsAre;

Tensors weights(float value) { return {{"a", Tensor::of({1}, std::vector<float>{value})}}; }

TEST(BestWeights, AreEmptyBeforeTheFirstMeasurement) {
  const BestWeights best;
  EXPECT_TRUE(best.empty());
  EXPECT_EQ(best.measurements_since(), 0);
}

TEST(BestWeights, AreThoseOfTheHighestScoreAndTheEarlierOfEqualOnes) {
  BestWeights best;
  best.offer(0.5, 3, [] { return weights(1); });
  best.offer(0.75, 4, [] { return weights(2); });
  EXPECT_EQ(best.measurements_since(), 0);
  best.offer(0.75, 5, [] { return weights(3); });
  best.offer(0.25, 6, [] { return weights(4); });
  EXPECT_EQ(best.epoch(), 4);
  EXPECT_EQ(best.measurements_since(), 2);
  EXPECT_THAT(best.weights().at("a").floats(), ElementsAre(2));
}

TEST(BestWeights, IncludeAFirstScoreOfZeroAndNoneThatIsNotANumber) {
  BestWeights best;
  best.offer(0, 0, [] { return weights(1); });
  best.offer(std::numeric_limits<double>::quiet_NaN(), 1, [] { return weights(2); });
  EXPECT_EQ(best.epoch(), 0);
  EXPECT_EQ(best.measurements_since(), 1);
}

TEST(BestWeights, OfAScoreThatIsNotANumberGiveWayToAnyOther) {
  BestWeights best;
  best.offer(std::numeric_limits<double>::quiet_NaN(), 0, [] { return weights(1); });
  EXPECT_EQ(best.epoch(), 0);
  best.offer(0, 1, [] { return weights(2); });
  EXPECT_EQ(best.epoch(), 1);
}

TEST(BestWeights, ComeBackFromACheckpoint) {
  BestWeights best, back;
  best.offer(0.5, 3, [] { return weights(1); });
  best.offer(0.25, 4, [] { return weights(2); });
  back.restore(best.progress(), best.weights());
  EXPECT_EQ(back.epoch(), 3);
  EXPECT_EQ(back.measurements_since(), 1);
  back.offer(0.375, 5, [] { return weights(3); });
  EXPECT_EQ(back.measurements_since(), 2) << "0.375 is less than the score it came back with";
  EXPECT_THAT(back.weights().at("a").floats(), ElementsAre(1));
}

}  // namespace
}  // namespace unetflow
