#include "metrics/matched_cells.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

Picture<std::uint32_t> row(const std::vector<std::uint32_t>& ids) {
  Picture<std::uint32_t> made(1, static_cast<Index>(ids.size()));
  made.values = ids;
  return made;
}

TEST(MatchedCells, AreSortedByIntersectionOverUnion) {
  const auto found = matched_cells(row({1, 1, 1, 0, 2, 2, 0, 3}).plane(),
                                   row({5, 5, 5, 5, 0, 6, 0, 0}).plane(), 1);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].cell, 3u);
  EXPECT_EQ(found[0].segment, 0u);
  EXPECT_EQ(found[0].iou, 0);
  EXPECT_EQ(found[1].cell, 2u);
  EXPECT_EQ(found[1].segment, 6u);
  EXPECT_EQ(found[1].iou, 0.5);
  EXPECT_EQ(found[1].box, (Box{0, 4, 1, 2}));
  EXPECT_EQ(found[2].iou, 0.75);  // the segment's pixel outside the cell counts
  EXPECT_EQ(found[2].segment_area, 4);
}

TEST(MatchedCells, OfMissedOnesTheLargestIsFirstAndSmallOnesAreLeftOut) {
  const auto found = matched_cells(row({1, 0, 2, 2, 0, 3, 3, 3}).plane(),
                                   row({0, 0, 0, 0, 0, 0, 0, 0}).plane(), 2);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].cell, 3u);
  EXPECT_EQ(found[1].cell, 2u);
}

TEST(SquareAround, HasRoomAndStaysInTheImage) {
  EXPECT_EQ(square_around({10, 20, 4, 2}, 6, 100, 100), (Box{8, 17, 8, 8}));
  EXPECT_EQ(square_around({10, 20, 1, 1}, 6, 100, 100), (Box{7, 17, 6, 6}));
  EXPECT_EQ(square_around({0, 98, 4, 2}, 6, 100, 100), (Box{0, 92, 8, 8}));
  EXPECT_EQ(square_around({0, 0, 4, 2}, 6, 5, 100), (Box{0, 0, 5, 8}));
}

}  // namespace
}  // namespace unetflow
