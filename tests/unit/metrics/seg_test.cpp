#include "metrics/seg.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "measured.hpp"

namespace unetflow {
namespace {

double score(const std::vector<std::string>& cells, const std::vector<std::string>& segments) {
  const auto seg =
      seg_score(contingency_table(ids_of(cells).plane(), 9, ids_of(segments).plane(), 9));
  return mean_of(Counts{seg.sum, seg.objects});
}

TEST(Seg, IsTheIntersectionOverUnionOfTheMatch) {
  // 3 of 4 pixels, and one outside: 3 / 5.
  EXPECT_DOUBLE_EQ(score({"1111."}, {".2222"}), 3.0 / 5);
}

TEST(Seg, NeedsMoreThanHalfForAMatch) {
  EXPECT_EQ(score({"1111"}, {"11.."}), 0);
  EXPECT_DOUBLE_EQ(score({"1111"}, {"111."}), 0.75);
}

TEST(Seg, OneSegmentMayMatchTwoObjects) {
  // Merged cells of 2 and 3 pixels: 2/5 and 3/5.
  EXPECT_DOUBLE_EQ(score({"11222"}, {"11111"}), 0.5);
}

TEST(Seg, ExtraSegmentsCostNothing) { EXPECT_EQ(score({"11...."}, {"22.3.4"}), 1); }

TEST(Seg, PoolsCellsOverImages) {
  // Three cells found in one image, one cell missed in another.
  const auto all = evaluated({picture_of({"#.#.#"}, {"#.#.#"}), picture_of({"#...."}, {"....."})});
  const auto* result = find_result(all, "seg");
  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->curve[5], 3.0 / 4);
}

TEST(Seg, HasNoValueWithoutObjects) { EXPECT_TRUE(std::isnan(score({"."}, {"1"}))); }

}  // namespace
}  // namespace unetflow
