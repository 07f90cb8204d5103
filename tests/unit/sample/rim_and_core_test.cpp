#include "sample/rim_and_core.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "pictures.hpp"

namespace unetflow {
namespace {

Picture<std::uint8_t> mask_of_cells(const Picture<std::uint32_t>& ids) {
  Picture<std::uint8_t> label(ids.height, ids.width);
  for (size_t i = 0; i < ids.values.size(); ++i) label.values[i] = ids.values[i] != 0;
  return label;
}

/// Digits are classes, '?' is ignored, '.' is 0.
std::vector<std::uint8_t> classes_of(const std::string& row) {
  std::vector<std::uint8_t> classes;
  for (const char c : row) {
    classes.push_back(c == '?' ? kIgnored : static_cast<std::uint8_t>(c == '.' ? 0 : c - '0'));
  }
  return classes;
}

/// One row of cells, and what becomes of its label.
std::vector<std::uint8_t> parts(Index rim, const std::string& ids,
                                const std::string& ignored = "") {
  const auto cells = ids_of({ids});
  auto label = mask_of_cells(cells);
  for (size_t i = 0; i < ignored.size(); ++i) {
    if (ignored[i] == '?') label.values[i] = kIgnored;
  }
  rim_and_core(rim, label.plane(), cells.plane());
  return label.values;
}

TEST(DistanceToOthers, IsThatToTheNearestPixelOfAnotherValue) {
  for (std::uint64_t number = 0; number < 20; ++number) {
    const auto noise = random_probability(17, 23, number, 4);
    Picture<std::uint32_t> values(17, 23);
    for (size_t i = 0; i < values.values.size(); ++i) {
      values.values[i] = static_cast<std::uint32_t>(4 * noise.values[i]);
    }
    const auto label = mask_of_cells(values);
    const auto found = distance_to_others(values.plane(), label.plane());
    for (Index y = 0; y < 17; ++y) {
      for (Index x = 0; x < 23; ++x) {
        std::int64_t nearest = 17 * 17 + 23 * 23;
        for (Index v = 0; v < 17; ++v) {
          for (Index u = 0; u < 23; ++u) {
            if (values.plane()(v, u) == values.plane()(y, x)) continue;
            nearest = std::min(nearest, (v - y) * (v - y) + (u - x) * (u - x));
          }
        }
        ASSERT_EQ(found.plane()(y, x), nearest) << number << " at " << y << " " << x;
      }
    }
  }
}

TEST(RimAndCore, TellsCellsApartThatTouch) {
  EXPECT_EQ(parts(2, "..1111111122222222"), classes_of("..1122221111222222"));
}

TEST(RimAndCore, LeavesACoreToSmallCells) {
  EXPECT_EQ(parts(9, ".11111.2."), classes_of(".12221.2."));
}

TEST(RimAndCore, KnowsNoEdgeOfCellsAtTheImagesEdgeAndAtIgnoredPixels) {
  EXPECT_EQ(parts(1, "11111.2222222", "..........?.."), classes_of("22221.1222?22"));
}

TEST(RimAndCore, TakesComponentsWhereCellsHaveNoIds) {
  auto label = mask_of({"......", ".###..", ".####.", ".###..", "......"});
  rim_and_core(1, label.plane(), {});
  std::vector<std::uint8_t> expected;
  for (const char* row : {"......", ".111..", ".1221.", ".111..", "......"}) {
    for (const auto value : classes_of(row)) expected.push_back(value);
  }
  EXPECT_EQ(label.values, expected);
}

}  // namespace
}  // namespace unetflow
