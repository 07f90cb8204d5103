#include "metrics/warping_error.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "pictures.hpp"

namespace unetflow {
namespace {

WarpingCounts warped(const Picture<std::uint8_t>& truth, const Picture<float>& probability,
                     double threshold = 0.5) {
  WarpingWorkspace workspace;
  return warp(truth.plane(), probability.plane(), threshold, workspace);
}
WarpingCounts warped(const std::vector<std::string>& truth,
                     const std::vector<std::string>& prediction) {
  return warped(mask_of(truth), probability_of(prediction));
}

WarpingCounts only(std::int64_t WarpingCounts::*kind, std::int64_t pixels = 1) {
  WarpingCounts counts;
  counts.*kind = pixels;
  return counts;
}

// The definition, slowly.

Picture<std::uint8_t> inverted(Picture<std::uint8_t> mask) {
  for (auto& value : mask.values) value = value == 0;
  return mask;
}

/// How many components a 3 x 3 patch has whose pixels may touch at corners only.
int components_by_corners(const Picture<std::uint8_t>& patch) {
  std::vector<std::pair<Index, Index>> open;
  for (Index y = 0; y < 3; ++y) {
    for (Index x = 0; x < 3; ++x) {
      if (patch.plane()(y, x) != 0) open.push_back({y, x});
    }
  }
  int count = 0;
  while (!open.empty()) {
    ++count;
    std::vector<std::pair<Index, Index>> flood = {open.back()};
    open.pop_back();
    while (!flood.empty()) {
      const auto [y, x] = flood.back();
      flood.pop_back();
      for (size_t i = 0; i < open.size();) {
        if (std::abs(open[i].first - y) <= 1 && std::abs(open[i].second - x) <= 1) {
          flood.push_back(open[i]);
          open.erase(open.begin() + static_cast<Index>(i));
        } else {
          ++i;
        }
      }
    }
  }
  return count;
}

/// The 3 x 3 pixels around (y, x), 0 outside; the centre is set to 0.
Picture<std::uint8_t> around(const Picture<std::uint8_t>& mask, Index y, Index x) {
  Picture<std::uint8_t> patch(3, 3);
  for (Index v = -1; v <= 1; ++v) {
    for (Index u = -1; u <= 1; ++u) {
      const bool inside = y + v >= 0 && y + v < mask.height && x + u >= 0 && x + u < mask.width;
      patch.plane()(v + 1, u + 1) = inside && (v != 0 || u != 0) ? mask.plane()(y + v, x + u) : 0;
    }
  }
  return patch;
}

bool slow_is_simple(const Picture<std::uint8_t>& patch) {
  const auto ids = slow_components(patch);
  std::set<std::uint32_t> beside = {ids.plane()(0, 1), ids.plane()(1, 0), ids.plane()(1, 2),
                                    ids.plane()(2, 1)};
  beside.erase(0);
  auto background = inverted(patch);
  background.plane()(1, 1) = 0;
  return beside.size() == 1 && components_by_corners(background) == 1;
}

WarpingCounts slow_warped(Picture<std::uint8_t> mask, const Picture<float>& probability,
                          double threshold) {
  const auto target = above(probability, threshold);
  struct Mismatch {
    Index y, x;
    float distance;
  };
  std::vector<Mismatch> mismatches;
  for (size_t before = 0;;) {
    mismatches.clear();
    for (Index x = 0; x < mask.width; ++x) {
      for (Index y = 0; y < mask.height; ++y) {
        if (mask.plane()(y, x) == target.plane()(y, x)) continue;
        mismatches.push_back(
            {y, x, static_cast<float>(std::abs(probability.plane()(y, x) - threshold))});
      }
    }
    if (mismatches.empty() || mismatches.size() == before) break;
    before = mismatches.size();
    std::stable_sort(mismatches.begin(), mismatches.end(),
                     [](const auto& a, const auto& b) { return a.distance > b.distance; });
    for (const auto& m : mismatches) {
      if (slow_is_simple(around(mask, m.y, m.x))) mask.plane()(m.y, m.x) ^= 1;
    }
  }
  const auto ids = slow_components(mask);
  WarpingCounts counts;
  for (const auto& m : mismatches) {
    std::set<std::uint32_t> found;
    for (Index v = m.y - 1; v <= m.y + 1; ++v) {
      for (Index u = m.x - 1; u <= m.x + 1; ++u) {
        if ((v == m.y && u == m.x) || v < 0 || v >= mask.height || u < 0 || u >= mask.width) {
          continue;
        }
        found.insert(ids.plane()(v, u));
      }
    }
    const bool foreground = mask.plane()(m.y, m.x) != 0;
    if (found == std::set<std::uint32_t>{0}) {
      ++(foreground ? counts.object_deletions : counts.object_additions);
    } else if (found.size() == 1) {
      ++(foreground ? counts.hole_additions : counts.hole_deletions);
    } else if (found.size() > 2) {
      ++(foreground ? counts.splits : counts.merges);
    } else if (!foreground) {
      ++counts.hole_additions;
    } else {
      Picture<std::uint8_t> window(41, 41);
      for (Index v = 0; v < 41; ++v) {
        for (Index u = 0; u < 41; ++u) {
          const Index y = m.y - 20 + v, x = m.x - 20 + u;
          const bool inside = y >= 0 && y < mask.height && x >= 0 && x < mask.width;
          window.plane()(v, u) = inside ? mask.plane()(y, x) : 0;
        }
      }
      window.plane()(20, 20) = 0;
      const auto parts = slow_components(window);
      std::set<std::uint32_t> left;
      for (Index v = 19; v <= 21; ++v) {
        for (Index u = 19; u <= 21; ++u) {
          if (v != 20 || u != 20) left.insert(parts.plane()(v, u));
        }
      }
      ++(left.size() > 2 ? counts.splits : counts.hole_deletions);
    }
  }
  return counts;
}

TEST(SimplePoint, IsSimpleIn116NeighbourhoodsAndThoseOfTheDefinition) {
  constexpr std::array<std::pair<Index, Index>, 8> kRing = {
      {{0, 1}, {0, 2}, {1, 2}, {2, 2}, {2, 1}, {2, 0}, {1, 0}, {0, 0}}};
  EXPECT_EQ(std::count(kSimplePoint.begin(), kSimplePoint.end(), true), 116);
  for (unsigned ring = 0; ring < 256; ++ring) {
    Picture<std::uint8_t> patch(3, 3);
    for (size_t k = 0; k < 8; ++k) {
      patch.plane()(kRing[k].first, kRing[k].second) = ring >> k & 1;
    }
    EXPECT_EQ(kSimplePoint[ring], slow_is_simple(patch)) << ring;
  }
}

TEST(Warping, ForgivesABorderThatLiesElsewhere) {
  EXPECT_EQ(
      warped({"......", ".###..", ".###..", "......"}, {"......", "..###.", "..###.", "......"}),
      WarpingCounts{});
}

TEST(Warping, CallsAMissingCellADeletion) {
  // It shrinks to its last pixel.
  EXPECT_EQ(warped({".....", ".###.", ".###.", "....."}, {".....", ".....", ".....", "....."}),
            only(&WarpingCounts::object_deletions));
}

TEST(Warping, CallsANewCellAnAddition) {
  EXPECT_EQ(warped({".....", ".....", "....."}, {".....", "..#..", "....."}),
            only(&WarpingCounts::object_additions));
}

TEST(Warping, CallsABridgeBetweenTwoCellsAMerge) {
  EXPECT_EQ(warped({".......", ".##.##.", "......."}, {".......", ".#####.", "......."}),
            only(&WarpingCounts::merges));
}

TEST(Warping, CallsAGapThroughACellASplit) {
  EXPECT_EQ(warped({".......", ".#####.", "......."}, {".......", ".##.##.", "......."}),
            only(&WarpingCounts::splits));
}

TEST(Warping, CallsANewHoleAnAddition) {
  EXPECT_EQ(warped({"#####", "#####", "#####", "#####", "#####"},
                   {"#####", "#####", "##.##", "#####", "#####"}),
            only(&WarpingCounts::hole_additions));
}

TEST(Warping, CallsAFilledHoleADeletion) {
  EXPECT_EQ(warped({"#####", "#####", "##.##", "#####", "#####"},
                   {"#####", "#####", "#####", "#####", "#####"}),
            only(&WarpingCounts::hole_deletions));
}

TEST(Warping, CallsAnOpenedRingAHoleDeletion) {
  // Above the opening the ring still holds together, so its loss splits nothing.
  EXPECT_EQ(warped({"#####", "#...#", "#...#", "#####"}, {"##.##", "#...#", "#...#", "#####"}),
            only(&WarpingCounts::hole_deletions));
}

TEST(Warping, JudgesARingByAWindowOf20Pixels) {
  // Half way up a ring whose ends are within 20 px of the opening, or just not.
  for (const size_t reach : {20u, 21u}) {
    std::vector<std::string> truth(2 * reach + 1, "#..........#");
    truth.front() = truth.back() = "############";
    auto prediction = truth;
    prediction[reach] = "...........#";
    EXPECT_EQ(warped(truth, prediction),
              only(reach == 20 ? &WarpingCounts::hole_deletions : &WarpingCounts::splits));
  }
}

TEST(Warping, OutsideThePictureIsBackground) {
  // A full picture may shrink from its frame, and grow back.
  EXPECT_EQ(warped({"###", "###", "###"}, {"...", ".##", ".##"}), WarpingCounts{});
}

TEST(Warping, EmptyAgainstEmptyAndFullAgainstFullAreEqual) {
  EXPECT_EQ(warped({"...", "..."}, {"...", "..."}), WarpingCounts{});
  EXPECT_EQ(warped({"###", "###"}, {"###", "###"}), WarpingCounts{});
}

TEST(Warping, OnePixelIsAnObject) {
  EXPECT_EQ(warped({"#"}, {"."}), only(&WarpingCounts::object_deletions));
  EXPECT_EQ(warped({"."}, {"#"}), only(&WarpingCounts::object_additions));
}

TEST(Warping, EqualsTheDefinitionOnRandomPictures) {
  for (std::uint64_t number = 0; number < 40; ++number) {
    const auto height = static_cast<Index>(6 + number % 29),
               width = static_cast<Index>(40 - number % 33);
    const auto truth = above(random_probability(height, width, number + 500), 0.45);
    const auto probability = random_probability(height, width, number);
    for (const double threshold : {0.0, 0.30000000000000004, 0.5, 0.7999999999999999}) {
      ASSERT_EQ(warped(truth, probability, threshold), slow_warped(truth, probability, threshold))
          << "picture " << number << " at " << threshold;
    }
  }
}

}  // namespace
}  // namespace unetflow
