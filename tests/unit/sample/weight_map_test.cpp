#include "sample/weight_map.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <set>

#include "core/random.hpp"
#include "every_target.hpp"
#include "image/picture_format.hpp"
#include "segmentation/components.hpp"

namespace unetflow {
namespace {

using testing::FloatNear;
using Label = Picture<std::uint8_t>;
using Instances = Picture<std::uint32_t>;

Label label_of(const std::vector<std::string>& rows) {
  Label label(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (std::size_t i = 0; i < label.values.size(); ++i) {
    const char pixel = rows[i / rows[0].size()][i % rows[0].size()];
    label.values[i] = pixel == '.'   ? 0
                      : pixel == '#' ? 1
                      : pixel == '?' ? kIgnored
                                     : static_cast<std::uint8_t>(pixel - '0');
  }
  return label;
}

Picture<float> weights_of(const Label& label, int classes = 2, const WeightMapConfig& config = {},
                          const Instances& instances = {}) {
  Picture<float> weights(label.height, label.width);
  WeightMapWorkspace workspace;
  weight_map(config, classes, label.plane(), instances.plane(), weights.plane(), workspace);
  return weights;
}

/// The formula, each pixel against each border pixel of each cell, in double precision.
Picture<float> brute_force(const Label& label, int classes, const WeightMapConfig& config,
                           Instances cells) {
  if (cells.values.empty()) {
    Label mask = label;
    std::replace(mask.values.begin(), mask.values.end(), kIgnored, std::uint8_t{0});
    cells = Instances(label.height, label.width);
    label_components(mask.plane(), 8, cells.plane());
  }
  const auto ignored = [&](Index y, Index x) { return label.plane()(y, x) == kIgnored; };
  std::map<std::uint32_t, std::vector<std::pair<Index, Index>>> borders;
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      const std::uint32_t cell = cells.plane()(y, x);
      const auto other = [&](Index v, Index u) {
        return v >= 0 && u >= 0 && v < label.height && u < label.width && !ignored(v, u) &&
               cells.plane()(v, u) != cell;
      };
      if (cell != 0 && !ignored(y, x) &&
          (other(y - 1, x) || other(y + 1, x) || other(y, x - 1) || other(y, x + 1))) {
        borders[cell].push_back({y, x});
      }
    }
  }
  const auto class_of = [&](std::uint8_t id) { return classes == 2 && id > 0 ? 1 : int{id}; };
  std::map<int, double> counts;
  for (const auto id : label.values) {
    if (id != kIgnored) ++counts[class_of(id)];
  }
  double largest = 0;
  for (const auto& [id, count] : counts) {
    if (id > 0) largest = std::max(largest, count);
  }
  Picture<float> weights(label.height, label.width);
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      if (ignored(y, x)) continue;
      std::vector<double> distances;
      for (const auto& [cell, pixels] : borders) {
        double nearest = std::numeric_limits<double>::infinity();
        for (const auto& [v, u] : pixels) {
          const auto dy = static_cast<double>(v - y), dx = static_cast<double>(u - x);
          nearest = std::min(nearest, std::sqrt(dy * dy + dx * dx));
        }
        distances.push_back(nearest);
      }
      std::sort(distances.begin(), distances.end());
      double weight =
          config.class_balance && largest > 0 ? largest / counts[class_of(label.plane()(y, x))] : 1;
      if (distances.size() >= 2) {
        const double sum = distances[0] + distances[1];
        weight += config.w0 * std::exp(-sum * sum / (2 * config.sigma * config.sigma));
      }
      weights.plane()(y, x) = static_cast<float>(weight);
    }
  }
  return weights;
}

void expect_as_brute_force(const Label& label, int classes = 2, const WeightMapConfig& config = {},
                           const Instances& instances = {}) {
  const auto expected = brute_force(label, classes, config, instances);
  const auto weights = weights_of(label, classes, config, instances);
  ASSERT_THAT(weights.values, testing::Pointwise(testing::FloatNear(1e-5f), expected.values));
}

Label random_cells(std::uint64_t seed, Index height, Index width, int cells, double radius) {
  Label label(height, width);
  for (int cell = 0; cell < cells; ++cell) {
    const auto at = [&](int i, double range) {
      return range * random_uniform(seed, static_cast<std::uint64_t>(3 * cell + i));
    };
    const double cy = at(0, static_cast<double>(height)), cx = at(1, static_cast<double>(width));
    const double r = at(2, radius);
    for (Index y = 0; y < height; ++y) {
      for (Index x = 0; x < width; ++x) {
        const double dy = static_cast<double>(y) - cy, dx = static_cast<double>(x) - cx;
        if (dy * dy + dx * dx < r * r) label.plane()(y, x) = 1;
      }
    }
  }
  return label;
}

TEST(WeightMap, BalancesTwoClasses) {
  // 2 foreground and 6 background pixels, one cell: no second term.
  const auto weights = weights_of(label_of({"....", ".##."}));
  EXPECT_FLOAT_EQ(weights.plane()(0, 0), 2.0f / 6);
  EXPECT_FLOAT_EQ(weights.plane()(1, 1), 1);
}

TEST(WeightMap, BalancesMoreClassesToTheLargestForegroundClass) {
  // 4 background, 6 of class 1, 2 of class 2.
  WeightMapConfig config;
  config.w0 = 0;
  const auto weights = weights_of(label_of({"....22", "111111"}), 3, config);
  EXPECT_FLOAT_EQ(weights.plane()(0, 0), 6.0f / 4);
  EXPECT_FLOAT_EQ(weights.plane()(1, 0), 1);
  EXPECT_FLOAT_EQ(weights.plane()(0, 5), 6.0f / 2);
}

TEST(WeightMap, LeavesTheClassBalanceOut) {
  WeightMapConfig config;
  config.class_balance = false;
  const auto label = label_of({"##....##", "##....##"});
  expect_as_brute_force(label, 2, config);
  config.w0 = 0;
  EXPECT_THAT(weights_of(label, 2, config).values, testing::Each(1));
}

TEST(WeightMap, WeightsTheGapOfTwoCellsByItsWidth) {
  // From the middle of a gap of three it is 2 px to either cell: 10 exp(-16 / 50) + 6 / 3.
  const auto weights = weights_of(label_of({"###...###"}));
  EXPECT_NEAR(weights.plane()(0, 4), 2 + 10 * std::exp(-16.0 / 50), 1e-5);
  // On the left cell's border 0 and 4.
  EXPECT_NEAR(weights.plane()(0, 2), 1 + 10 * std::exp(-16.0 / 50), 1e-5);
  // Two pixels further inside 2 and 6: the frame of the image is not a border.
  EXPECT_NEAR(weights.plane()(0, 0), 1 + 10 * std::exp(-64.0 / 50), 1e-5);
}

TEST(WeightMap, OfOneClassIsOne) {
  EXPECT_THAT(weights_of(Label(7, 9)).values, testing::Each(1.0f));
  Label all(7, 9);
  std::fill(all.values.begin(), all.values.end(), 1);
  EXPECT_THAT(weights_of(all).values, testing::Each(1.0f));
}

TEST(WeightMap, TakesCellsThatTouchAtACornerForOne) {
  const auto label = label_of({"##..", "##..", "..##", "..##"});
  EXPECT_THAT(weights_of(label).values, testing::Each(1.0f));
  // As instances they are two.
  Instances cells(4, 4);
  for (std::size_t i = 0; i < 16; ++i) cells.values[i] = label.values[i] ? (i < 8 ? 5 : 900) : 0;
  const auto weights = weights_of(label, 2, {}, cells);
  EXPECT_NEAR(weights.plane()(1, 1), 1 + 10 * std::exp(-2.0 / 50), 1e-5);
}

TEST(WeightMap, IsTheFormulaOnDegenerateLabels) {
  expect_as_brute_force(label_of({"#"}));
  expect_as_brute_force(label_of({"#.#"}));
  expect_as_brute_force(label_of({"#.#.#", ".....", "#.#.#"}));
  expect_as_brute_force(label_of({"#", ".", "#"}));
  expect_as_brute_force(label_of({"#.#", "...", "#.#"}));
  expect_as_brute_force(
      label_of({"#########", "#.......#", "#.#####.#", "#.#...#.#", "#.#.#.#.#"}));
}

TEST(WeightMap, IsTheFormulaOnRandomCells) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto size = [&](std::uint64_t i) {
      return static_cast<Index>(1 + random_below(seed + 100, i, 90));
    };
    expect_as_brute_force(
        random_cells(seed, size(0), size(1), static_cast<int>(3 + 4 * seed), 3 + double(seed)));
  }
}

TEST(WeightMap, IsTheFormulaOnSinglePixels) {
  Label label(60, 70);
  for (std::size_t i = 0; i < label.values.size(); ++i) {
    label.values[i] = random_uniform(7, i) < 0.03;
  }
  expect_as_brute_force(label);
}

TEST(WeightMap, IsTheFormulaForOtherConstants) {
  const auto label = random_cells(3, 50, 120, 12, 9);
  for (const auto& [w0, sigma] :
       std::vector<std::pair<double, double>>{{0, 5}, {1000, 1}, {10, 0.1}, {3, 20}, {1e-3, 8}}) {
    WeightMapConfig config;
    config.w0 = w0;
    config.sigma = sigma;
    const auto expected = brute_force(label, 2, config, {});
    const auto weights = weights_of(label, 2, config);
    for (std::size_t i = 0; i < weights.values.size(); ++i) {
      ASSERT_NEAR(weights.values[i], expected.values[i], 1e-6 * (10 + w0));
    }
  }
}

TEST(WeightMap, IsTheFormulaForInstancesAndClasses) {
  auto label = random_cells(5, 80, 75, 9, 14);
  Instances cells(80, 75);
  // Touching instances: components, each cut in two; ids far apart.
  label_components(label.plane(), 8, cells.plane());
  for (std::size_t i = 0; i < cells.values.size(); ++i) {
    if (cells.values[i] != 0 && i % 75 > 37) cells.values[i] += 4000000000u;
    if (cells.values[i] != 0) label.values[i] = static_cast<std::uint8_t>(1 + cells.values[i] % 3);
  }
  expect_as_brute_force(label, 4, {}, cells);
}

TEST(WeightMap, GivesIgnoredPixelsNoWeightAndCountsThemForNoClass) {
  // 2 foreground and 6 background pixels, as without the ignored ones.
  const auto weights = weights_of(label_of({"....?", ".##.?"}));
  EXPECT_FLOAT_EQ(weights.plane()(0, 0), 2.0f / 6);
  EXPECT_FLOAT_EQ(weights.plane()(0, 4), 0);
  const auto classes = weights_of(label_of({"..??", "112?", "11??"}), 3);
  EXPECT_FLOAT_EQ(classes.plane()(0, 0), 4.0f / 2);
  EXPECT_FLOAT_EQ(classes.plane()(1, 3), 0);
  WeightMapConfig unbalanced;
  unbalanced.class_balance = false;
  EXPECT_THAT(weights_of(label_of({"?.?"}), 2, unbalanced).values, testing::ElementsAre(0, 1, 0));
  EXPECT_THAT(weights_of(label_of({"???", "???"})).values, testing::Each(0));
}

TEST(WeightMap, TakesAnIgnoredRegionForNoBorderOfACell) {
  // The left cell ends at a pixel of background and at ignored ones; the right one only at those.
  EXPECT_THAT(weights_of(label_of({"##..", "##??", "??##"})).values,
              testing::Each(testing::AnyOf(0, 1, FloatNear(6.f / 2, 1e-6f))));
  // An ignored strip between two cells is neither, and is not a cell.
  const auto gap = weights_of(label_of({".##??##."}));
  EXPECT_NEAR(gap.plane()(0, 0), 4.0 / 2 + 10 * std::exp(-49.0 / 50), 1e-5);
}

TEST(WeightMap, IsTheFormulaWithIgnoredRegions) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    auto label = random_cells(seed, 60, 70, 14, 9);
    const auto ignored = random_cells(seed + 50, 60, 70, 9, 12);
    for (std::size_t i = 0; i < label.values.size(); ++i) {
      if (ignored.values[i] == 1) label.values[i] = kIgnored;
    }
    expect_as_brute_force(label);
    Instances cells(60, 70);
    label_components(random_cells(seed, 60, 70, 14, 9).plane(), 8, cells.plane());
    for (std::size_t i = 0; i < cells.values.size(); ++i) cells.values[i] += i % 70 > 35 ? 9 : 0;
    for (std::size_t i = 0; i < cells.values.size(); ++i) {
      if (label.values[i] == 0) cells.values[i] = 0;
    }
    expect_as_brute_force(label, 2, {}, cells);
  }
}

TEST(WeightMap, IsTheFormulaOnRealCells) {
  const auto file =
      std::filesystem::path(UNETFLOW_SOURCE_DIR) / "../shared/data/EM_2012/train/label/0.png";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no EM_2012 data beside the project";
  const auto page = png_format().open(file, "")->read(0);
  const auto& whole = std::get<Picture<std::uint8_t>>(page.values);
  Label label(150, 170);
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      label.plane()(y, x) = whole.values[static_cast<std::size_t>((y + 9) * whole.width + x)] > 0;
    }
  }
  expect_as_brute_force(label);
}

TEST(WeightMap, HasTheSameBytesOnEveryInstructionSet) {
  const auto label = random_cells(4, 113, 131, 30, 11);
  std::set<std::vector<float>> results;
  on_every_target([&](const char*) { results.insert(weights_of(label).values); });
  EXPECT_EQ(results.size(), 1u);
}

TEST(WeightMap, LeavesNothingBehindInItsWorkspace) {
  WeightMapWorkspace workspace;
  const std::vector<Label> labels = {random_cells(1, 90, 100, 20, 9), random_cells(2, 40, 35, 8, 5),
                                     Label(90, 100), random_cells(3, 41, 160, 9, 12)};
  for (const auto& label : labels) {
    Picture<float> weights(label.height, label.width);
    weight_map({}, 2, label.plane(), {}, weights.plane(), workspace);
    EXPECT_EQ(weights.values, weights_of(label).values);
  }
}

}  // namespace
}  // namespace unetflow
