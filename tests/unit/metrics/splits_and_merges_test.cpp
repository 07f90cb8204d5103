#include "metrics/splits_and_merges.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

/// A row of pixels, each id ten times.
Picture<std::uint32_t> tens(const std::vector<std::uint32_t>& ids) {
  Picture<std::uint32_t> row(1, 10 * static_cast<Index>(ids.size()));
  for (size_t i = 0; i < row.values.size(); ++i) row.values[i] = ids[i / 10];
  return row;
}

TEST(SplitsAndMerges, ACellInTwoSegmentsIsSplit) {
  const auto found = splits_and_merges(tens({1, 1, 1, 0}).plane(), tens({5, 0, 6, 6}).plane());
  EXPECT_EQ(found.splits, 1);
  EXPECT_EQ(found.merges, 0);
  EXPECT_EQ(found.split.values[15], 1);  // all of the cell
  EXPECT_EQ(found.split.values[35], 0);
}

TEST(SplitsAndMerges, ASegmentOfTwoCellsIsMerged) {
  const auto found =
      splits_and_merges(tens({1, 1, 0, 2, 2}).plane(), tens({3, 3, 3, 3, 3}).plane());
  EXPECT_EQ(found.splits, 0);
  EXPECT_EQ(found.merges, 1);
  EXPECT_EQ(found.merged.values[25], 1);  // all of the segment
}

TEST(SplitsAndMerges, LessThanATenthAndSpecksDoNotCount) {
  auto segments = tens({5, 5, 5});
  segments.values[0] = segments.values[1] = 6;  // 2 of 30 px
  EXPECT_EQ(splits_and_merges(tens({1, 1, 1}).plane(), segments.plane()).splits, 0);
  EXPECT_EQ(splits_and_merges(tens({1, 2, 2}).plane(), tens({5, 5, 5}).plane()).merges, 0);
}

TEST(SplitsAndMerges, OfNothingIsNothing) { EXPECT_EQ(splits_and_merges({}, {}).splits, 0); }

}  // namespace
}  // namespace unetflow
