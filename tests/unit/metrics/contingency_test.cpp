#include "metrics/contingency.hpp"

#include <gmock/gmock.h>

#include <map>

#include "pictures.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;

TEST(Contingency, CountsEachPairInsideTheTruth) {
  const auto truth = ids_of({"11.2", "11.2", "1..2"});
  const auto found = ids_of({"1112", "1.12", "2222"});
  const auto table = contingency_table(truth.plane(), 2, found.plane(), 2);
  EXPECT_EQ(table.pixels, 8);
  EXPECT_THAT(table.truth_area, ElementsAre(0, 5, 3));
  EXPECT_THAT(table.segment_area, ElementsAre(1, 3, 4));
  ASSERT_EQ(table.overlaps.size(), 3u);
  const auto is = [&](size_t i, std::uint32_t a, std::uint32_t b, std::int64_t pixels) {
    return table.overlaps[i].truth == a && table.overlaps[i].segment == b &&
           table.overlaps[i].pixels == pixels;
  };
  EXPECT_TRUE(is(0, 1, 1, 3));
  EXPECT_TRUE(is(1, 1, 2, 1));
  EXPECT_TRUE(is(2, 2, 2, 3));
}

TEST(Contingency, CountsIgnoredPixelsAsThoseOfNoSegment) {
  const std::vector<std::uint32_t> truth = {1, 1, 0, 0, 2, 0}, found = {1, 1, 1, 2, 2, 2},
                                   annotated = {1, 1, 0, 0, 2, 2};
  const std::vector<std::uint8_t> ignored = {0, 0, 1, 1, 0, 0};
  const auto plane = [](const auto& values) { return Plane(values.data(), 2, 3); };
  const auto expected = contingency_table(plane(truth), 2, plane(annotated), 2);
  const auto table = contingency_table(plane(truth), 2, plane(found), 2, plane(ignored));
  EXPECT_EQ(table.whole_segment_area, expected.whole_segment_area);
  EXPECT_EQ(table.segment_area, expected.segment_area);
  ASSERT_EQ(table.overlaps.size(), 2U);
  EXPECT_EQ(table.overlaps[1].pixels, 1);
}

TEST(Contingency, EqualsCountingPixelByPixel) {
  for (std::uint64_t number = 0; number < 10; ++number) {
    const auto truth = slow_components(above(random_probability(40, 33, number), 0.5));
    const auto found = slow_components(above(random_probability(40, 33, number + 100), 0.4));
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> expected, got;
    for (size_t i = 0; i < truth.values.size(); ++i) {
      if (truth.values[i] != 0 && found.values[i] != 0) {
        ++expected[{found.values[i], truth.values[i]}];
      }
    }
    const auto table = contingency_table(truth.plane(), 1320, found.plane(), 1320);
    for (const auto& overlap : table.overlaps) {
      got[{overlap.segment, overlap.truth}] = overlap.pixels;
    }
    EXPECT_EQ(got, expected);
    EXPECT_EQ(got.size(), table.overlaps.size());
  }
}

}  // namespace
}  // namespace unetflow
