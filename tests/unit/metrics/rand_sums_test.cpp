#include "metrics/rand_sums.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "pictures.hpp"

namespace unetflow {
namespace {

RandSums sums(const Picture<std::uint32_t>& truth, const Picture<std::uint32_t>& segments) {
  return rand_sums(contingency_table(truth.plane(), 4000, segments.plane(), 4000));
}

TEST(RandSums, ASplitCellLosesThePairsBetweenItsHalves) {
  // 4 pixels in one cell: 16 ordered pairs; two halves: 4 + 4.
  const auto s = sums(ids_of({"1111"}), ids_of({"1122"}));
  EXPECT_EQ(s.truth, 16);
  EXPECT_EQ(s.segmentation, 8);
  EXPECT_EQ(s.both, 8);
  EXPECT_DOUBLE_EQ(s.score(), 16.0 / 24);
  // precision 1, recall 1/2.
  EXPECT_DOUBLE_EQ(s.f_score(), 2.0 / 3);
}

TEST(RandSums, MergedCellsGainThePairsBetweenThem) {
  // Cells of 2 and 3 pixels: 4 + 9 pairs; merged 25.
  const auto s = sums(ids_of({"11222"}), ids_of({"11111"}));
  EXPECT_EQ(s.truth, 13);
  EXPECT_EQ(s.segmentation, 25);
  EXPECT_EQ(s.both, 13);
  EXPECT_DOUBLE_EQ(s.score(), 26.0 / 38);
}

TEST(RandSums, EachPixelCalledBorderIsASegmentOfItsOwn) {
  // 2 + 1 + 1: 4 + 1 + 1 pairs.
  const auto s = sums(ids_of({"1111"}), ids_of({"11.."}));
  EXPECT_EQ(s.segmentation, 6);
  EXPECT_EQ(s.both, 6);
}

TEST(RandSums, OnlyTheTruthsForegroundCounts) {
  const auto s = sums(ids_of({"11..", "...."}), ids_of({"1111", "2222"}));
  EXPECT_EQ(s.truth, 4);
  EXPECT_EQ(s.segmentation, 4);
  EXPECT_EQ(s.both, 4);
  EXPECT_EQ(s.score(), 1);
}

TEST(RandSums, ATruthWithoutForegroundHasNoScore) {
  const auto s = sums(ids_of({".."}), ids_of({"12"}));
  EXPECT_TRUE(std::isnan(s.score()));
  EXPECT_EQ(s.f_score(), 1);  // no false pair, no missed one
}

TEST(RandSums, OnePixelIsOnePair) {
  EXPECT_EQ(sums(ids_of({"1"}), ids_of({"1"})).score(), 1);
  EXPECT_EQ(sums(ids_of({"1"}), ids_of({"."})).score(), 1);
}

TEST(RandSums, AddsUpOverPictures) {
  const auto a = sums(ids_of({"1111"}), ids_of({"1122"}));
  const auto b = sums(ids_of({"11222"}), ids_of({"11111"}));
  const RandSums total{a.truth + b.truth, a.segmentation + b.segmentation, a.both + b.both};
  // tp = 21, fp = 33 - 21, fn = 29 - 21.
  const double precision = 21.0 / 33, recall = 21.0 / 29;
  EXPECT_DOUBLE_EQ(total.f_score(), 2 * precision * recall / (precision + recall));
}

TEST(RandSums, EqualsCountingAllPairsOfPixels) {
  for (std::uint64_t number = 0; number < 8; ++number) {
    const auto truth = slow_components(above(random_probability(17, 15, number), 0.45));
    const auto found = slow_components(above(random_probability(17, 15, number + 50), 0.4));
    RandSums expected;
    for (size_t a = 0; a < truth.values.size(); ++a) {
      for (size_t b = 0; b < truth.values.size(); ++b) {
        if (truth.values[a] == 0 || truth.values[b] == 0) continue;
        const bool same_cell = truth.values[a] == truth.values[b];
        const bool same_segment =
            found.values[a] == 0 ? a == b : found.values[a] == found.values[b];
        expected.truth += same_cell;
        expected.segmentation += same_segment;
        expected.both += same_cell && same_segment;
      }
    }
    const auto s = sums(truth, found);
    EXPECT_EQ(s.truth, expected.truth);
    EXPECT_EQ(s.segmentation, expected.segmentation);
    EXPECT_EQ(s.both, expected.both);
  }
}

}  // namespace
}  // namespace unetflow
