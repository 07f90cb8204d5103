#include "segmentation/thinning.hpp"

#include <gmock/gmock.h>

#include <deque>

#include "pictures.hpp"

namespace unetflow {
namespace {

Picture<std::uint32_t> thinned(Picture<std::uint32_t> segments) {
  ThinningWorkspace workspace;
  thin_borders(segments.plane(), workspace);
  return segments;
}

/// The flooding as the challenge's description gives it, one pixel after the other.
Picture<std::uint32_t> slow_thinned(const Picture<std::uint32_t>& segments) {
  constexpr int kUnreached = -2, kQueued = -3;
  const Index height = segments.height, width = segments.width;
  std::vector<std::vector<int>> label(static_cast<size_t>(width));  // [x][y]
  bool any = false;
  for (Index x = 0; x < width; ++x) {
    for (Index y = 0; y < height; ++y) {
      const auto id = static_cast<int>(segments.plane()(y, x));
      any = any || id != 0;
      label[static_cast<size_t>(x)].push_back(id == 0 ? kUnreached : id);
    }
  }
  const auto at = [&](Index x, Index y) -> int& {
    return label[static_cast<size_t>(x)][static_cast<size_t>(y)];
  };
  const auto neighbours = [&](Index x, Index y) {
    std::vector<std::pair<Index, Index>> inside;
    for (const auto& [u, v] : {std::pair{x - 1, y}, {x, y - 1}, {x + 1, y}, {x, y + 1}}) {
      if (u >= 0 && u < width && v >= 0 && v < height) inside.push_back({u, v});
    }
    return inside;
  };
  std::deque<std::pair<Index, Index>> queue;
  for (Index x = 0; x < width; ++x) {
    for (Index y = 0; y < height; ++y) {
      if (at(x, y) != kUnreached) continue;
      for (const auto& [u, v] : neighbours(x, y)) {
        if (at(u, v) > 0) {
          at(x, y) = kQueued;
          queue.push_back({x, y});
          break;
        }
      }
    }
  }
  while (!queue.empty()) {
    const auto [x, y] = queue.front();
    queue.pop_front();
    bool propagated = false;
    for (const auto& [u, v] : neighbours(x, y)) {
      if (at(u, v) > 0) {
        if (at(x, y) == kQueued || (at(x, y) == 0 && propagated)) {
          at(x, y) = at(u, v);
        } else if (at(x, y) > 0 && at(x, y) != at(u, v)) {
          at(x, y) = 0;
          propagated = false;
        }
      } else if (at(u, v) == 0 && at(x, y) == kQueued) {
        at(x, y) = 0;
        propagated = true;
      } else if (at(u, v) == kUnreached) {
        at(u, v) = kQueued;
        queue.push_back({u, v});
      }
    }
  }
  Picture<std::uint32_t> result(height, width);
  for (Index x = 0; x < width; ++x) {
    for (Index y = 0; y < height; ++y) {
      result.plane()(y, x) = any ? static_cast<std::uint32_t>(at(x, y)) : 1;
    }
  }
  return result;
}

TEST(Thinning, LeavesALineOfOnePixelInTheMiddle) {
  EXPECT_EQ(thinned(ids_of({"1...2"})).values, ids_of({"11.22"}).values);
}

TEST(Thinning, GivesAnEvenGapsMiddleToTheSegmentOnTheLeft) {
  // Queue: columns 1 and 2; column 1 becomes 1, column 2 then meets both.
  EXPECT_EQ(thinned(ids_of({"1..2"})).values, ids_of({"11.2"}).values);
}

TEST(Thinning, GoesColumnByColumn) {
  // As above, from top to bottom.
  EXPECT_EQ(thinned(ids_of({"1", ".", ".", "2"})).values, ids_of({"1", "1", ".", "2"}).values);
}

TEST(Thinning, KeepsSegmentsApartThatTouchAtACorner) {
  // Both background pixels have both segments beside them.
  EXPECT_EQ(thinned(ids_of({"1.", ".2"})).values, ids_of({"1.", ".2"}).values);
}

TEST(Thinning, FillsWhatOneSegmentSurrounds) {
  EXPECT_EQ(thinned(ids_of({"111", "1.1", "111"})).values, ids_of({"111", "111", "111"}).values);
}

TEST(Thinning, GrowsTheOnlySegmentOverAll) {
  EXPECT_EQ(thinned(ids_of({"...", ".1.", "..."})).values, ids_of({"111", "111", "111"}).values);
}

TEST(Thinning, MakesOneSegmentOfAPictureWithout) {
  EXPECT_EQ(thinned(ids_of({"..", ".."})).values, ids_of({"11", "11"}).values);
}

TEST(Thinning, LeavesAFullPictureAlone) {
  EXPECT_EQ(thinned(ids_of({"11", "11"})).values, ids_of({"11", "11"}).values);
  EXPECT_EQ(thinned(ids_of({"."})).values, ids_of({"1"}).values);
}

TEST(Thinning, EqualsTheSlowFloodingOnRandomPictures) {
  for (std::uint64_t number = 0; number < 60; ++number) {
    const auto height = static_cast<Index>(5 + number % 37),
               width = static_cast<Index>(41 - number % 31);
    const auto probability = random_probability(height, width, number);
    const auto segments =
        slow_components(above(probability, 0.2 + 0.01 * static_cast<double>(number)));
    ASSERT_EQ(thinned(segments).values, slow_thinned(segments).values) << "picture " << number;
  }
}

TEST(Thinning, EqualsTheSlowFloodingOfWideBorders) {
  // Single pixels far apart, so that the order of the flood decides.
  for (std::uint64_t number = 0; number < 30; ++number) {
    Picture<std::uint8_t> seeds(40, 37);
    const auto key = random_key(number, Purpose::kChoice);
    for (std::uint64_t i = 0; i < 15; ++i) {
      seeds.values[random_below(key, i, seeds.values.size())] = 1;
    }
    const auto segments = slow_components(seeds);
    ASSERT_EQ(thinned(segments).values, slow_thinned(segments).values) << "picture " << number;
  }
}

TEST(Thinning, WorksInAPartOfALargerPicture) {
  auto whole = ids_of({"9999999", "91...29", "9999999"});
  ThinningWorkspace workspace;
  thin_borders(whole.plane().part(1, 1, 1, 5), workspace);
  EXPECT_EQ(whole.values, ids_of({"9999999", "911.229", "9999999"}).values);
}

TEST(GrowOverLines, LetsSegmentsTouch) {
  auto segments = ids_of({"11.22", ".....", "33.44"});
  ThinningWorkspace workspace;
  grow_over_lines(segments.plane(), workspace);
  // Column by column: (1, 0) and (1, 1) ask left, then up; (0, 2) and (1, 2) are to the right of 1.
  EXPECT_EQ(segments.values, ids_of({"11122", "11122", "33344"}).values);
}

}  // namespace
}  // namespace unetflow
