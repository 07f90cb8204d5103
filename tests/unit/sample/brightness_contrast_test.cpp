#include "sample/brightness_contrast.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

const Draws kDraws(1, 0, 7, BrightnessContrast::kDraws);

std::vector<float> changed(const BrightnessContrast& config, std::vector<float> values) {
  const auto change = config.draw(kDraws, {});
  change({0, static_cast<Index>(values.size()), values.data(), nullptr});
  return values;
}

TEST(BrightnessContrast, KeepsMiddleGrayUnderAnyGain) {
  BrightnessContrast config;
  config.probability = 1;
  config.offset = 0;
  const auto values = changed(config, {0, 0.5f, 1});
  EXPECT_EQ(values[1], 0.5f);
  EXPECT_NE(values[2], 1);
  EXPECT_FLOAT_EQ(values[2] - values[1], values[1] - values[0]);
}

TEST(BrightnessContrast, AddsTheOffsetToAll) {
  BrightnessContrast config;
  config.probability = 1;
  config.gain = 0;
  const auto values = changed(config, {0, 1});
  EXPECT_NE(values[0], 0);
  EXPECT_NEAR(values[0], values[1] - 1, 1e-7);
}

TEST(BrightnessContrast, OfProbabilityZeroIsNothing) {
  EXPECT_FALSE(BrightnessContrast().draw(kDraws, {}));
}

}  // namespace
}  // namespace unetflow
