#include "sample/cut_touching.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::ElementsAre;

struct Cells {
  Picture<std::uint8_t> label;
  Picture<std::uint32_t> instances;

  Cells(Index height, Index width, std::vector<std::uint32_t> ids)
      : label(height, width), instances(height, width) {
    instances.values = std::move(ids);
    for (std::size_t i = 0; i < label.values.size(); ++i) {
      label.values[i] = instances.values[i] != 0;
    }
  }
  CutCells cut() { return cut_touching(label.plane(), instances.plane()); }
};

TEST(CutTouching, GivesTouchingCellsAGap) {
  Cells cells(2, 6,
              {7, 7, 7, 9, 9, 9,  //
               7, 7, 7, 0, 9, 9});
  const CutCells lost = cells.cut();
  EXPECT_EQ(lost.vanished + lost.halved, 0);
  EXPECT_THAT(cells.instances.values, ElementsAre(7, 7, 0, 0, 9, 9,  //
                                                  7, 7, 0, 0, 9, 9));
  EXPECT_THAT(cells.label.values, ElementsAre(1, 1, 0, 0, 1, 1,  //
                                              1, 1, 0, 0, 1, 1));
}

TEST(CutTouching, CountsCellsThatVanishAndThoseThatLoseMoreThanHalf) {
  Cells cells(1, 8, {1, 1, 2, 2, 3, 3, 3, 3});
  CutCells lost = cells.cut();  // cell 2 is gone; half of cell 1 and a quarter of cell 3
  EXPECT_EQ(lost.vanished, 1);
  EXPECT_EQ(lost.halved, 0);
  EXPECT_THAT(cells.instances.values, ElementsAre(1, 0, 0, 0, 0, 3, 3, 3));
  lost = Cells(1, 7, {1, 1, 2, 2, 2, 3, 3}).cut();  // cell 2 keeps one pixel of three
  EXPECT_EQ(lost.vanished, 0);
  EXPECT_EQ(lost.halved, 1);
}

TEST(CutTouching, LeavesCellsApartAndIgnoredPixelsAsTheyAre) {
  Cells cells(1, 7, {4, 4, 0, 5, 5, 6, 6});
  cells.label.values[5] = kIgnored;
  cells.cut();
  EXPECT_THAT(cells.instances.values, ElementsAre(4, 4, 0, 5, 0, 0, 6));
  EXPECT_THAT(cells.label.values, ElementsAre(1, 1, 0, 1, 0, kIgnored, 1));
}

}  // namespace
}  // namespace unetflow
