#include "image/probability.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(ForegroundProbability, IsWhatTheBackgroundLeaves) {
  Picture<float> probability(3, 1, 2);
  probability.values = {0.25F, 1, 0.5F, 0, 0.25F, 0};
  EXPECT_THAT(foreground_probability(probability).values, testing::ElementsAre(0.75F, 0));
}

TEST(MostProbableForeground, IsAClassAboveBackground) {
  Picture<float> probability(3, 1, 3);
  probability.values = {0.8F, 0.2F, 0.5F, 0.05F, 0.3F, 0.25F, 0.15F, 0.5F, 0.25F};
  EXPECT_THAT(most_probable_foreground(probability).values, testing::ElementsAre(2, 2, 1));
}

TEST(ForegroundOf, IsClassesOrCores) {
  Picture<float> probability(3, 1, 2);
  probability.values = {0.5F, 0.25F, 0.25F, 0.25F, 0.25F, 0.5F};
  const auto classes = foreground_of(probability, false), cores = foreground_of(probability, true);
  EXPECT_THAT(classes.classes.values, testing::ElementsAre(1, 2));
  EXPECT_TRUE(classes.cores.values.empty());
  EXPECT_THAT(cores.probability.values, testing::ElementsAre(0.5F, 0.75F));
  EXPECT_TRUE(cores.classes.values.empty());
  EXPECT_THAT(cores.cores.values, testing::ElementsAre(0.25F, 0.5F));
}

TEST(In8Bits, RoundsToTheNearestAndCutsOff) {
  Picture<float> probability(1, 5);
  probability.values = {0, 0.5F, 1, 1.001F, -0.1F};
  EXPECT_THAT(in_8_bits(probability).values, testing::ElementsAre(0, 128, 255, 255, 0));
}

}  // namespace
}  // namespace unetflow
