#include "segmentation/thinning.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>

#include "pictures.hpp"

namespace unetflow {
namespace {

Picture<std::uint32_t> thinned(Picture<std::uint32_t> segments) {
  ThinningWorkspace workspace;
  thin_borders(segments.plane(), workspace);
  return segments;
}

Picture<std::uint32_t> grown(Picture<std::uint32_t> segments) {
  ThinningWorkspace workspace;
  grow_over_lines(segments.plane(), workspace);
  return segments;
}

/// The pixels beside `x`, `y`: left, up, right, down.
std::vector<std::pair<Index, Index>> neighbours_in(const Picture<std::uint32_t>& picture, Index x,
                                                   Index y) {
  std::vector<std::pair<Index, Index>> inside;
  for (const auto& [u, v] : {std::pair{x - 1, y}, {x, y - 1}, {x + 1, y}, {x, y + 1}}) {
    if (u >= 0 && u < picture.width && v >= 0 && v < picture.height) inside.push_back({u, v});
  }
  return inside;
}

/// Growth over lines with one queue for the whole picture.
Picture<std::uint32_t> slow_grown(Picture<std::uint32_t> segments) {
  std::deque<std::pair<Index, Index>> queue;
  for (Index x = 0; x < segments.width; ++x) {
    for (Index y = 0; y < segments.height; ++y) {
      const auto around = neighbours_in(segments, x, y);
      if (segments.plane()(y, x) == 0 && std::ranges::any_of(around, [&](const auto& place) {
            return segments.plane()(place.second, place.first) != 0;
          })) {
        queue.push_back({x, y});
      }
    }
  }
  for (; !queue.empty(); queue.pop_front()) {
    const auto [x, y] = queue.front();
    if (segments.plane()(y, x) != 0) continue;
    std::uint32_t own = 0;
    for (const auto& [u, v] : neighbours_in(segments, x, y)) {
      const auto other = segments.plane()(v, u);
      if (own == 0) own = other;
      if (other == 0) queue.push_back({u, v});
    }
    segments.plane()(y, x) = own;
  }
  return segments;
}

/// `count` single pixels, or fewer.
Picture<std::uint32_t> single_pixels(Index height, Index width, int count, std::uint64_t number) {
  Picture<std::uint8_t> seeds(height, width);
  const auto key = random_key(number, Purpose::kChoice);
  for (int i = 0; i < count; ++i) {
    seeds.values[random_below(key, static_cast<std::uint64_t>(i), seeds.values.size())] = 1;
  }
  return slow_components(seeds);
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
  const auto neighbours = [&](Index x, Index y) { return neighbours_in(segments, x, y); };
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
    const auto segments = single_pixels(40, 37, 15, number);
    ASSERT_EQ(thinned(segments).values, slow_thinned(segments).values) << "picture " << number;
  }
}

// The flood goes strip by strip, 64 columns each.
TEST(Thinning, EqualsTheSlowFloodingOverManyStrips) {
  for (std::uint64_t number = 0; number < 24; ++number) {
    const auto width = static_cast<Index>(120 + 37 * number);
    const auto segments = slow_components(
        above(random_probability(23, width, number), 0.3 + 0.01 * static_cast<double>(number)));
    ASSERT_EQ(thinned(segments).values, slow_thinned(segments).values) << "picture " << number;
    // From 2 pixels in the whole picture to one in 100: floods over less than a strip and over
    // many.
    const auto few = single_pixels(31, width, 2 << (number / 3), number);
    ASSERT_EQ(thinned(few).values, slow_thinned(few).values) << "single pixels, picture " << number;
  }
}

TEST(Thinning, WorksInAPartOfALargerPicture) {
  auto whole = ids_of({"9999999", "91...29", "9999999"});
  ThinningWorkspace workspace;
  thin_borders(whole.plane().part(1, 1, 1, 5), workspace);
  EXPECT_EQ(whole.values, ids_of({"9999999", "911.229", "9999999"}).values);
}

TEST(GrowOverLines, LetsSegmentsTouch) {
  const auto segments = grown(ids_of({"11.22", ".....", "33.44"}));
  // Column by column: (1, 0) and (1, 1) ask left, then up; (0, 2) and (1, 2) are to the right of 1.
  EXPECT_EQ(segments.values, ids_of({"11122", "11122", "33344"}).values);
}

TEST(GrowOverLines, EqualsOneQueueForThePictureOverManyStrips) {
  for (std::uint64_t number = 0; number < 24; ++number) {
    const auto width = static_cast<Index>(120 + 37 * number);
    const auto few = single_pixels(31, width, 2 << (number / 3), number);
    ASSERT_EQ(grown(few).values, slow_grown(few).values) << "single pixels, picture " << number;
    const auto lines = thinned(few);
    ASSERT_EQ(grown(lines).values, slow_grown(lines).values) << "lines, picture " << number;
  }
}

}  // namespace
}  // namespace unetflow
