#include "segmentation/close_gaps.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "pictures.hpp"

namespace unetflow {
namespace {

constexpr double kNoSmoothing = 0.1;  ///< px; the weight of a neighbour is e^-50

/// Probabilities of the border: digits are tenths.
Picture<float> border_of(const std::vector<std::string>& rows) {
  Picture<float> border(static_cast<Index>(rows.size()), static_cast<Index>(rows.front().size()));
  size_t i = 0;
  for (const auto& row : rows) {
    for (const char c : row) border.values[i++] = static_cast<float>(c - '0') / 10;
  }
  return border;
}

Picture<float> closed(Picture<float> probability, double sigma = kNoSmoothing) {
  close_gaps(sigma, probability);
  return probability;
}

void expect_border(const Picture<float>& border, const std::vector<std::string>& rows) {
  EXPECT_THAT(border.values, testing::Pointwise(testing::FloatNear(1e-6f), border_of(rows).values));
}

std::vector<Index> neighbours(const Picture<float>& picture, Index i) {
  std::vector<Index> found;
  const Index y = i / picture.width, x = i % picture.width;
  if (y > 0) found.push_back(i - picture.width);
  if (x > 0) found.push_back(i - 1);
  if (x + 1 < picture.width) found.push_back(i + 1);
  if (y + 1 < picture.height) found.push_back(i + picture.width);
  return found;
}

/// Regions by flooding pixel after pixel, the lowest and then the longest waiting one first.
std::vector<int> slow_watershed(const Picture<float>& border) {
  std::vector<int> levels, regions(border.values.size());
  for (const float value : border.values)
    levels.push_back(static_cast<int>(std::lround(value * 15)));
  std::set<std::tuple<int, int, Index>> waiting;
  int arrivals = 0, count = 0;
  std::set<Index> seen;
  const auto at = [](Index i) { return static_cast<size_t>(i); };
  for (Index first = 0; first < static_cast<Index>(levels.size()); ++first) {
    if (seen.count(first) != 0) continue;
    std::vector<Index> plateau = {first};
    seen.insert(first);
    bool lowest = true;
    for (size_t next = 0; next < plateau.size(); ++next) {
      for (const Index n : neighbours(border, plateau[next])) {
        lowest = lowest && levels[at(n)] >= levels[at(first)];
        if (levels[at(n)] == levels[at(first)] && seen.insert(n).second) plateau.push_back(n);
      }
    }
    if (!lowest) continue;
    ++count;
    for (const Index i : plateau) {
      regions[at(i)] = count;
      waiting.insert({levels[at(i)], arrivals++, i});
    }
  }
  while (!waiting.empty()) {
    const auto [level, arrival, i] = *waiting.begin();
    waiting.erase(waiting.begin());
    for (const Index n : neighbours(border, i)) {
      if (regions[at(n)] != 0) continue;
      regions[at(n)] = regions[at(i)];
      waiting.insert({std::max(level, levels[at(n)]), arrivals++, n});
    }
  }
  return regions;
}

/// By definition: each merge looks at every pair of neighbouring pixels again.
Picture<float> slowly_closed(const Picture<float>& border) {
  auto regions = slow_watershed(border);
  Picture<float> result = border;
  while (true) {
    std::map<std::pair<int, int>, std::pair<double, std::vector<size_t>>> between;
    for (Index i = 0; i < static_cast<Index>(regions.size()); ++i) {
      for (const Index n : neighbours(border, i)) {
        if (n < i) continue;
        const auto p = static_cast<size_t>(i), q = static_cast<size_t>(n);
        if (regions[p] == regions[q]) continue;
        auto& [sum, pixels] = between[std::minmax(regions[p], regions[q])];
        const size_t stronger = border.values[p] >= border.values[q] ? p : q;
        sum += double{border.values[stronger]};
        pixels.push_back(stronger);
      }
    }
    if (between.empty()) return result;
    const auto mean = [](const auto& entry) {
      return entry.second.first / static_cast<double>(entry.second.second.size());
    };
    const auto weakest =
        *std::min_element(between.begin(), between.end(),
                          [&](const auto& a, const auto& b) { return mean(a) < mean(b); });
    for (const size_t i : weakest.second.second) {
      result.values[i] = std::max(result.values[i], static_cast<float>(mean(weakest)));
    }
    std::replace(regions.begin(), regions.end(), weakest.first.second, weakest.first.first);
  }
}

TEST(CloseGaps, DrawsAFaintPlaceAsStrongAsTheWholeBorder) {
  // 0.9, 0.9, 0.3 and 0.9 are 0.75 in the mean.
  const auto border = closed(border_of({"00900", "00900", "00300", "00900"}));
  EXPECT_NEAR(border.plane()(2, 2), 0.75f, 1e-6f);
  EXPECT_FLOAT_EQ(border.plane()(1, 2), 0.9f);
  EXPECT_FLOAT_EQ(border.plane()(2, 1), 0);
}

TEST(CloseGaps, PoolsTheBordersOfRegionsThatBecomeOne) {
  // The upper regions meet at 0.2. What parts both from the lower one are five pairs of neighbours
  // of 0.9 (its middle pixel is the lower region's, with three neighbours above and beside it) and
  // two of 0.4.
  const auto border = closed(border_of({"00200", "00200", "99944", "00000"}));
  EXPECT_NEAR(border.plane()(0, 2), 0.2f, 1e-6f);
  EXPECT_NEAR(border.plane()(2, 0), 0.9f, 1e-6f);
  EXPECT_NEAR(border.plane()(2, 3), (5 * 0.9f + 2 * 0.4f) / 7, 1e-6f);
  EXPECT_NEAR(border.plane()(2, 4), (5 * 0.9f + 2 * 0.4f) / 7, 1e-6f);
}

TEST(CloseGaps, LeavesAlonePicturesWithoutBorders) {
  EXPECT_EQ(closed(Picture<float>(0, 0)).values.size(), 0);
  expect_border(closed(border_of({"555", "555"})), {"555", "555"});
  expect_border(closed(border_of({"01234", "12345"}), 2), {"01234", "12345"});
}

TEST(CloseGaps, IsAsDefinedPixelByPixel) {
  for (std::uint64_t number = 0; number < 20; ++number) {
    auto border = random_probability(23, 31, number, 200);
    const auto key = random_key(number, Purpose::kOrder);
    for (size_t i = 0; i < border.values.size(); ++i) {  // no two means are the same
      border.values[i] += 1e-3f * static_cast<float>(random_uniform(key, i));
      border.values[i] = std::min(border.values[i], 1.0f);
    }
    const auto expected = slowly_closed(border);
    ASSERT_NE(expected.values, border.values);
    ASSERT_THAT(closed(border).values,
                testing::Pointwise(testing::FloatNear(1e-6f), expected.values));
  }
}

TEST(CloseGaps, OnlyCutsAtAnyThreshold) {
  const auto border = random_probability(64, 64, 3);
  const auto after = closed(border, 1);
  for (size_t i = 0; i < border.values.size(); ++i) {
    ASSERT_GE(after.values[i], border.values[i]);
    ASSERT_LE(after.values[i], 1);
  }
}

TEST(CloseGaps, TakesFromTheOtherClassesInProportion) {
  Picture<float> probability(3, 2, 5);
  const auto border = border_of({"00900", "00300"});
  for (size_t i = 0; i < border.values.size(); ++i) {
    probability.values[i] = border.values[i];
    probability.values[10 + i] = 0.75f * (1 - border.values[i]);
    probability.values[20 + i] = 0.25f * (1 - border.values[i]);
  }
  close_gaps(kNoSmoothing, probability);
  EXPECT_NEAR(probability.plane(0)(1, 2), 0.6f, 1e-6f);
  EXPECT_NEAR(probability.plane(1)(1, 2), 0.3f, 1e-6f);
  EXPECT_NEAR(probability.plane(2)(1, 2), 0.1f, 1e-6f);
}

}  // namespace
}  // namespace unetflow
