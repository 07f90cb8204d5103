#include "sample/gamma.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>
#include <vector>

#include "every_target.hpp"

namespace unetflow {
namespace {

std::vector<float> to_power(float gamma, float low, float range, std::vector<float> values) {
  power_row(gamma, low, range, static_cast<Index>(values.size()), values.data());
  return values;
}

/// From below the range to above it, evenly.
std::vector<float> ramp(float low, float range, std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = low + range * (1.1f * static_cast<float>(i) / static_cast<float>(count) - 0.05f);
  }
  return values;
}

TEST(PowerRow, IsThePowerOnTheRange) {
  for (const float gamma : {0.1f, 0.5f, 1.0f, 1.5f, 8.0f}) {
    const auto values = ramp(-2, 5, 1003);
    const auto result = to_power(gamma, -2, 5, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double u = std::clamp((values[i] + 2.0) / 5, 0.0, 1.0);
      ASSERT_NEAR(result[i], -2 + 5 * std::pow(u, double{gamma}), 5e-6)
          << values[i] << " " << gamma;
    }
  }
}

TEST(PowerRow, KeepsTheEndsOfTheRange) {
  EXPECT_THAT(to_power(0.3f, 0, 1, {0, 1, -0.0f, 1e-40f}), testing::ElementsAre(0, 1, 0, 0));
}

TEST(PowerRow, WritesNothingBeyondTheRow) {
  std::vector<float> values(40, 0.5f);
  power_row(2, 0, 1, 21, values.data());
  EXPECT_FLOAT_EQ(values[20], 0.25f);
  EXPECT_EQ(values[21], 0.5f);
}

TEST(PowerRow, HasTheSameBytesOnEveryInstructionSet) {
  std::set<std::vector<float>> results;
  on_every_target([&](const char*) { results.insert(to_power(0.7f, -1, 3, ramp(-1, 3, 1003))); });
  EXPECT_EQ(results.size(), 1u);
}

/// What gamma does to the middle of the range of an input from -1 to 3, for many samples.
std::vector<double> middles(double largest) {
  Picture<float> input(2, 1, 2);
  input.values = {0, 3, -1, 1};  // the range is that of both channels
  const Gamma config{1, largest};
  std::vector<double> middles;
  for (std::uint64_t sample = 0; sample < 2000; ++sample) {
    float value = 1;
    const auto change = config.draw(Draws(1, 0, sample, Gamma::kDraws), input.stack());
    change({0, 1, &value, nullptr});
    middles.push_back((value + 1) / 4);
  }
  return middles;
}

TEST(Gamma, IsLogUniformBetweenLargestAndItsInverse) {
  double sum = 0, least = 1, most = 0;
  for (const double middle : middles(2)) {
    const double log2_gamma = std::log2(-std::log2(middle));  // middle = 0.5^gamma
    sum += log2_gamma;
    least = std::min(least, log2_gamma);
    most = std::max(most, log2_gamma);
  }
  EXPECT_NEAR(sum / 2000, 0, 5 / std::sqrt(3.0 * 2000));  // five standard errors
  EXPECT_NEAR(least, -1, 0.01);
  EXPECT_NEAR(most, 1, 0.01);
}

TEST(Gamma, OfLargestOneChangesNothing) {
  for (const double middle : middles(1)) EXPECT_NEAR(middle, 0.5, 1e-6);
}

TEST(Gamma, OfAConstantTileIsNothing) {
  const Picture<float> input(1, 4, 4);
  EXPECT_FALSE((Gamma{1, 2}.draw(Draws(1, 0, 0, Gamma::kDraws), input.stack())));
}

TEST(Gamma, IsOffByDefault) {
  const Picture<float> input(1, 4, 4);
  EXPECT_EQ(Gamma().probability, 0);
}

}  // namespace
}  // namespace unetflow
