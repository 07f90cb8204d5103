#include "sample/elastic_field.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "core/random.hpp"
#include "every_target.hpp"

namespace unetflow {
namespace {

/// Number x of a row as the header lays it out, from the scalar generator.
double number(std::uint64_t key, Index y, Index axis, Index x, Index width) {
  const Index segment = 32 * ((width + 127) / 128);
  const Index s = x / segment, p = x % segment;
  const auto words =
      random_words(key, static_cast<std::uint64_t>(y) << 32 | static_cast<std::uint64_t>(p / 2));
  const std::uint32_t word = words[static_cast<std::size_t>(2 * axis + s / 2)];
  const std::uint32_t byte = word >> (8 * (s % 2 + 2 * (p % 2))) & 0xFF;
  return (2.0 * byte - 255) / 255;
}

Picture<double> field_by_definition(const DisplacementConfig& config, std::uint64_t key, Index axis,
                                    Index height, Index width) {
  const Index reach = config.kernel / 2;
  const auto gauss = [&](Index i) {
    return std::exp(-static_cast<double>(i * i) / (2 * config.sigma * config.sigma));
  };
  double sum = 0;
  for (Index i = -reach; i <= reach; ++i) sum += gauss(i);
  Picture<double> field(height, width);
  for (Index y = 0; y < height; ++y) {
    for (Index x = 0; x < width; ++x) {
      for (Index v = std::max<Index>(0, y - reach); v <= std::min(height - 1, y + reach); ++v) {
        for (Index u = std::max<Index>(0, x - reach); u <= std::min(width - 1, x + reach); ++u) {
          field.plane()(y, x) += config.alpha * gauss(v - y) * gauss(u - x) / (sum * sum) *
                                 number(key, v, axis, u, width);
        }
      }
    }
  }
  return field;
}

/// Both axes, channels y and x, drawn in blocks of `block` rows.
Picture<float> field(const DisplacementConfig& config, std::uint64_t key, Index height, Index width,
                     Index block = DisplacementField::kBlock) {
  const Index stride = round_up(width, kLanes);
  Picture<float> dy(block, stride), dx(block, stride), result(2, height, width);
  DisplacementField source;
  source.begin(config, key, height, width);
  for (Index top = 0; top < height; top += block) {
    const Index rows = std::min(block, height - top);
    source.next(rows, dy.plane(), dx.plane());
    for (Index y = 0; y < rows; ++y) {
      std::copy_n(dy.plane().row(y), width, result.plane(0).row(top + y));
      std::copy_n(dx.plane().row(y), width, result.plane(1).row(top + y));
    }
  }
  return result;
}

TEST(RandomRows, HoldEachNumberWhereTheHeaderSays) {
  for (const Index width : {1, 16, 127, 128, 129, 572}) {
    std::vector<std::int16_t> y(static_cast<std::size_t>(round_up(width, 128))), x = y;
    random_rows(99, 7, width, y.data(), x.data());
    for (std::size_t i = 0; i < static_cast<std::size_t>(width); ++i) {
      ASSERT_EQ(y[i], std::lround(kOne * number(99, 7, 0, static_cast<Index>(i), width))) << i;
      ASSERT_EQ(x[i], std::lround(kOne * number(99, 7, 1, static_cast<Index>(i), width))) << i;
    }
  }
}

TEST(RandomRows, AreUniform) {
  std::vector<std::int16_t> y(1 << 16), x(1 << 16);
  random_rows(5, 0, 1 << 16, y.data(), x.data());
  double sum = 0, squares = 0, products = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    ASSERT_LE(std::abs(y[i]), kOne);
    const double value = static_cast<double>(y[i]) / kOne;
    sum += value;
    squares += value * value;
    products += value * x[i] / kOne;
  }
  // Mean 0, variance 257/255/3, axes independent, to five standard errors.
  EXPECT_NEAR(sum / 65536, 0, 5 * std::sqrt(1.0 / 3 / 65536));
  EXPECT_NEAR(squares / 65536, 257.0 / 255 / 3, 5 * std::sqrt(4.0 / 45 / 65536));
  EXPECT_NEAR(products / 65536, 0, 5 / 3.0 / 256);
}

TEST(DisplacementField, IsTheSmoothedRandomField) {
  DisplacementConfig config;
  for (const auto& [height, width] :
       std::vector<std::pair<Index, Index>>{{1, 1}, {5, 70}, {40, 33}, {75, 130}}) {
    const auto result = field(config, 12345, height, width);
    for (Index axis = 0; axis < 2; ++axis) {
      const auto expected = field_by_definition(config, 12345, axis, height, width);
      for (Index y = 0; y < height; ++y) {
        for (Index x = 0; x < width; ++x) {
          ASSERT_NEAR(result.plane(axis)(y, x), expected.plane()(y, x), 50e-4);
        }
      }
    }
  }
}

TEST(DisplacementField, TakesAnyOddWindow) {
  DisplacementConfig config;
  config.sigma = 2;
  config.alpha = 7;
  for (const int kernel : {1, 3, 9, 101}) {
    config.kernel = kernel;
    const auto expected = field_by_definition(config, 3, 0, 44, 37);
    const auto result = field(config, 3, 44, 37);
    for (Index i = 0; i < 44 * 37; ++i) {
      ASSERT_NEAR(result.values[static_cast<std::size_t>(i)],
                  expected.values[static_cast<std::size_t>(i)], 1.5e-3);
    }
  }
}

TEST(DisplacementField, IsTheSameInBlocksOfAnySize) {
  const auto whole = field({}, 8, 100, 90);
  for (const Index block : {1, 7, 31}) EXPECT_EQ(field({}, 8, 100, 90, block).values, whole.values);
}

TEST(DisplacementField, StartsFromScratchWithAnotherConfiguration) {
  DisplacementField reused;
  const auto first_row = [&](const DisplacementConfig& config) {
    Picture<float> dy(1, 128), dx(1, 128);
    reused.begin(config, 1, 60, 100);
    reused.next(1, dy.plane(), dx.plane());
    return std::vector<float>(dx.values.begin(), dx.values.begin() + 100);
  };
  for (const DisplacementConfig& config :
       {DisplacementConfig{50, 5, 25}, DisplacementConfig{10, 5, 25}, DisplacementConfig{10, 3, 25},
        DisplacementConfig{10, 3, 11}}) {
    const auto fresh = field(config, 1, 60, 100);
    EXPECT_EQ(first_row(config), std::vector<float>(fresh.plane(1).row(0), fresh.plane(1).row(1)));
  }
}

TEST(DisplacementField, HasTheSameBytesOnEveryInstructionSet) {
  std::set<std::vector<float>> results;
  on_every_target([&](const char*) { results.insert(field({}, 4, 70, 150).values); });
  EXPECT_EQ(results.size(), 1u);
}

}  // namespace
}  // namespace unetflow
