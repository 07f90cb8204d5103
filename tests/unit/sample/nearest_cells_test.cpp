#include "sample/nearest_cells.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "core/random.hpp"
#include "every_target.hpp"
#include "simd/lanes.hpp"

namespace unetflow {
namespace {

using Cells = Picture<std::uint32_t>;

/// Rectangles of random size and place, later ones over earlier ones, with 0 in between.
Cells random_cells(std::uint64_t key, Index height, Index width, std::uint32_t count) {
  Cells cells(height, width);
  for (std::uint32_t cell = 1; cell <= count; ++cell) {
    const auto below = [&](std::uint64_t i, Index end) {
      return static_cast<Index>(random_below(key, 4 * cell + i, static_cast<std::uint64_t>(end)));
    };
    const Index top = below(0, height), left = below(1, width);
    const Index bottom = std::min(height, top + 1 + below(2, 9));
    const Index right = std::min(width, left + 1 + below(3, 9));
    for (Index y = top; y < bottom; ++y) {
      for (Index x = left; x < right; ++x) cells.plane()(y, x) = cell;
    }
  }
  return cells;
}

struct Squares {
  Index first, second;  ///< px^2; large if there are not so many cells
};

/// By definition, from every pixel to every border pixel of every cell.
std::vector<Squares> by_definition(const Cells& cells) {
  std::map<std::uint32_t, std::vector<std::pair<Index, Index>>> borders;
  const auto is = [&](Index y, Index x, std::uint32_t cell) {
    return y < 0 || x < 0 || y >= cells.height || x >= cells.width || cells.plane()(y, x) == cell;
  };
  for (Index y = 0; y < cells.height; ++y) {
    for (Index x = 0; x < cells.width; ++x) {
      const std::uint32_t cell = cells.plane()(y, x);
      const bool inner =
          is(y - 1, x, cell) && is(y + 1, x, cell) && is(y, x - 1, cell) && is(y, x + 1, cell);
      if (cell != 0 && !inner) borders[cell].push_back({y, x});
    }
  }
  std::vector<Squares> result;
  for (Index y = 0; y < cells.height; ++y) {
    for (Index x = 0; x < cells.width; ++x) {
      std::vector<Index> squares = {1 << 20, 1 << 20};
      for (const auto& [cell, pixels] : borders) {
        Index nearest = 1 << 20;
        for (const auto& [v, u] : pixels) {
          nearest = std::min(nearest, (v - y) * (v - y) + (u - x) * (u - x));
        }
        squares.push_back(nearest);
      }
      std::partial_sort(squares.begin(), squares.begin() + 2, squares.end());
      result.push_back({squares[0], squares[1]});
    }
  }
  return result;
}

double sum_of_roots(double first, double second) { return std::sqrt(first) + std::sqrt(second); }

template <class Number>
void expect_by_definition(NearestCells<Number>& nearest, const Cells& cells, Index reach) {
  const auto expected = by_definition(cells);
  std::vector<Number> d1(static_cast<std::size_t>(round_up(cells.width, kLanes))), d2 = d1;
  nearest.begin(cells.plane(), {}, reach);
  for (Index y = 0; y < cells.height; ++y) {
    nearest.next(d1.data(), d2.data());
    for (Index x = 0; x < cells.width; ++x) {
      const auto& [first, second] = expected[static_cast<std::size_t>(y * cells.width + x)];
      const auto i = static_cast<std::size_t>(x);
      const auto limit = static_cast<double>(reach);
      if (sum_of_roots(static_cast<double>(first), static_cast<double>(second)) <= limit) {
        ASSERT_EQ(d1[i], first) << y << " " << x;
        ASSERT_EQ(d2[i], second) << y << " " << x;
      } else {
        ASSERT_GT(sum_of_roots(d1[i], d2[i]), limit) << y << " " << x;
      }
    }
  }
}

template <class Number>
void expect_by_definition_of_random_cells() {
  NearestCells<Number> nearest;  // of all images, one after another: it leaves nothing behind
  for (const auto& [height, width] :
       std::vector<std::pair<Index, Index>>{{1, 1}, {1, 70}, {70, 1}, {33, 65}, {80, 50}}) {
    for (const std::uint32_t count : {0u, 1u, 2u, 40u}) {
      for (const Index reach : {1, 7, 30}) {
        SCOPED_TRACE(testing::Message()
                     << height << " x " << width << ", " << count << " cells, reach " << reach);
        expect_by_definition(nearest, random_cells(count, height, width, count), reach);
      }
    }
  }
}

TEST(NearestCells, AreThoseByDefinitionIn16Bits) {
  on_every_target([](const char*) { expect_by_definition_of_random_cells<std::int16_t>(); });
}

TEST(NearestCells, AreThoseByDefinitionIn32Bits) {
  on_every_target([](const char*) { expect_by_definition_of_random_cells<std::int32_t>(); });
}

TEST(NearestCells, ReachAsFarAsTheirNumbersAllow) {
  // Cells at both ends of a row, and pixels between them whose distances add up to the reach.
  constexpr Index kReach = NearestCells<std::int16_t>::kLargestReach;
  Cells cells(2, kReach + 1);
  cells.plane()(0, 0) = 1;
  cells.plane()(0, kReach) = NearestCells<std::int16_t>::kLargestId;
  NearestCells<std::int16_t> nearest;
  expect_by_definition(nearest, cells, kReach);
}

TEST(NearestCells, OfOneThatFillsTheImageHaveNoBorder) {
  Cells cells(20, 20);
  std::fill(cells.values.begin(), cells.values.end(), 5u);
  NearestCells<std::int16_t> nearest;
  expect_by_definition(nearest, cells, 10);
}

}  // namespace
}  // namespace unetflow
