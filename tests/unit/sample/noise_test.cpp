#include "sample/noise.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>
#include <set>
#include <vector>

#include "core/random.hpp"
#include "every_target.hpp"

namespace unetflow {
namespace {

/// Number x of a row where the header says, by the scalar generator and the standard library.
double normal(std::uint64_t key, std::uint32_t row, std::size_t x, std::size_t width) {
  const std::size_t segment = 16 * ((width + 63) / 64);
  const auto words = random_words(key, std::uint64_t{row} << 32 | x % segment);
  const std::size_t pair = x / segment / 2;
  const double u = ((words[2 * pair] >> 8) + 1) * 0x1p-24;
  const double angle = 2 * std::numbers::pi * (words[2 * pair + 1] >> 8) * 0x1p-24;
  return std::sqrt(-2 * std::log(u)) * (x / segment % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

std::vector<float> row_of(std::uint64_t key, std::uint32_t row, std::size_t width) {
  std::vector<float> values((width + 63) / 64 * 64);
  normal_row(key, row, static_cast<Index>(width), values.data());
  values.resize(width);
  return values;
}

TEST(NormalRow, HoldsEachNumberWhereTheHeaderSays) {
  for (const std::size_t width : {1, 63, 64, 65, 572, 10000}) {
    const auto row = row_of(11, 3, width);
    for (std::size_t x = 0; x < width; ++x) {
      ASSERT_NEAR(row[x], normal(11, 3, x, width), 4e-6) << x;
    }
  }
}

TEST(NormalRow, IsNormal) {
  constexpr std::size_t kSize = 1 << 18;
  const auto row = row_of(2, 0, kSize);
  double moment[5] = {};
  std::size_t beyond_two = 0;
  for (const double value : row) {
    for (int n = 1; n <= 4; ++n) moment[n] += std::pow(value, n) / kSize;
    beyond_two += std::abs(value) > 2;
  }
  // Each to five standard errors.
  const double error = 5 / std::sqrt(static_cast<double>(kSize));
  EXPECT_NEAR(moment[1], 0, error);
  EXPECT_NEAR(moment[2], 1, error * std::sqrt(2.0));
  EXPECT_NEAR(moment[3], 0, error * std::sqrt(15.0));
  EXPECT_NEAR(moment[4], 3, error * std::sqrt(96.0));
  EXPECT_NEAR(static_cast<double>(beyond_two) / kSize, 0.0455, error * 0.21);
}

TEST(NormalRow, HasTheSameBytesOnEveryInstructionSet) {
  std::set<std::vector<float>> results;
  on_every_target([&](const char*) { results.insert(row_of(1, 2, 3000)); });
  EXPECT_EQ(results.size(), 1u);
}

TEST(Noise, AddsItsRowTimesSigma) {
  std::vector<float> values = {0, 0.5f, 1}, scratch(64);
  Noise noise;
  noise.probability = 1;
  const Draws draws(5, 2, 9, Noise::kDraws);
  noise.draw(draws, {})({7, 3, values.data(), scratch.data()});
  const auto expected = row_of(random_key(5, Purpose::kNoise, 2, 9), 7, 3);
  EXPECT_FLOAT_EQ(values[0], 0.2f * expected[0]);
  EXPECT_FLOAT_EQ(values[2], 1 + 0.2f * expected[2]);
}

}  // namespace
}  // namespace unetflow
