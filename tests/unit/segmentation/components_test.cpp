#include "segmentation/components.hpp"

#include <gmock/gmock.h>

#include <deque>

#include "core/random.hpp"

namespace unetflow {
namespace {

Picture<std::uint8_t> picture(const std::vector<std::string>& rows) {
  Picture<std::uint8_t> mask(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    mask.values[i] = rows[i / rows[0].size()][i % rows[0].size()] == '#';
  }
  return mask;
}

Picture<std::uint8_t> random_mask(Index height, Index width, double foreground, std::uint64_t key) {
  Picture<std::uint8_t> mask(height, width);
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    mask.values[i] = random_uniform(key, i) < foreground ? 255 : 0;
  }
  return mask;
}

/// Breadth-first flooding from each pixel that has no id yet, in raster order.
Picture<std::uint32_t> flooded(Plane<const std::uint8_t> mask, int connectivity) {
  Picture<std::uint32_t> ids(mask.height, mask.width);
  std::uint32_t count = 0;
  for (Index y = 0; y < mask.height; ++y) {
    for (Index x = 0; x < mask.width; ++x) {
      if (mask(y, x) == 0 || ids.plane()(y, x) != 0) continue;
      ids.plane()(y, x) = ++count;
      std::deque<std::pair<Index, Index>> front = {{y, x}};
      for (; !front.empty(); front.pop_front()) {
        for (Index dy = -1; dy <= 1; ++dy) {
          for (Index dx = -1; dx <= 1; ++dx) {
            const Index v = front.front().first + dy, u = front.front().second + dx;
            if (connectivity == 4 && dy != 0 && dx != 0) continue;
            if (v < 0 || u < 0 || v >= mask.height || u >= mask.width) continue;
            if (mask(v, u) == 0 || ids.plane()(v, u) != 0) continue;
            ids.plane()(v, u) = count;
            front.push_back({v, u});
          }
        }
      }
    }
  }
  return ids;
}

TEST(Components, AreNumberedByTheirFirstPixels) {
  // The second arm of the U begins before the bar, and is found to be of the first.
  const auto mask = picture({"#..#.#",  //
                             "#..#..",  //
                             "####.#"});
  Picture<std::uint32_t> ids(3, 6);
  EXPECT_EQ(label_components(mask.plane(), 4, ids.plane()), 3u);
  EXPECT_THAT(ids.values, testing::ElementsAre(1, 0, 0, 1, 0, 2,  //
                                               1, 0, 0, 1, 0, 0,  //
                                               1, 1, 1, 1, 0, 3));
}

TEST(Components, MeetAtCornersWithEightNeighboursOnly) {
  const auto mask = picture({"#.#", ".#.", "#.#"});
  Picture<std::uint32_t> ids(3, 3);
  EXPECT_EQ(label_components(mask.plane(), 4, ids.plane()), 5u);
  EXPECT_EQ(label_components(mask.plane(), 8, ids.plane()), 1u);
}

TEST(Components, OfNothingAreNoneAndOfEverythingOne) {
  Picture<std::uint8_t> mask(5, 19);
  Picture<std::uint32_t> ids(5, 19);
  std::fill(ids.values.begin(), ids.values.end(), 7);
  EXPECT_EQ(label_components(mask.plane(), 8, ids.plane()), 0u);
  EXPECT_THAT(ids.values, testing::Each(0u));
  std::fill(mask.values.begin(), mask.values.end(), 3);
  EXPECT_EQ(label_components(mask.plane(), 8, ids.plane()), 1u);
  EXPECT_THAT(ids.values, testing::Each(1u));
}

TEST(Components, EqualFloodingOnRandomMasks) {
  ComponentsWorkspace workspace;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto height = static_cast<Index>(1 + random_below(seed, 1000001, 40));
    const auto width = static_cast<Index>(1 + random_below(seed, 1000002, 70));
    const auto mask = random_mask(height, width, 0.05 + 0.9 * static_cast<double>(seed) / 40, seed);
    for (const int connectivity : {4, 8}) {
      Picture<std::uint32_t> ids(height, width);
      const auto expected = flooded(mask.plane(), connectivity);
      const auto count = label_components(mask.plane(), connectivity, ids.plane(), workspace);
      EXPECT_EQ(ids.values, expected.values) << "seed " << seed;
      EXPECT_EQ(count, *std::max_element(expected.values.begin(), expected.values.end()));
    }
  }
}

TEST(Components, OfAPartLookAtThatPartOnly) {
  auto whole = picture({"####", "#..#", "####"});
  Picture<std::uint32_t> ids(3, 4);
  const Plane<std::uint8_t> mask = whole.plane();
  EXPECT_EQ(label_components(mask.part(1, 0, 1, 4), 8, ids.plane().part(1, 0, 1, 4)), 2u);
  EXPECT_THAT(ids.values, testing::ElementsAre(0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0));
}

}  // namespace
}  // namespace unetflow
