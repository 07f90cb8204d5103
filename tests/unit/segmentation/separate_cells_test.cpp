#include "segmentation/separate_cells.hpp"

#include <gmock/gmock.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

TEST(SeparateCells, ClearsTheRightOrLowerOfTwoPixelsThatTouch) {
  EXPECT_EQ(separate_cells(ids_of({"1122", "1133", ".1.4"}).plane()).values,
            mask_of({"##.#", "##..", ".#.."}).values);
}

TEST(SeparateCells, KeepsCellsOfTwoPixels) {
  EXPECT_EQ(separate_cells(ids_of({"112233"}).plane()).values, mask_of({"##.#.#"}).values);
}

TEST(SeparateCells, LeavesCellsThatAreApart) {
  EXPECT_EQ(separate_cells(ids_of({"11.2", "..3."}).plane()).values,
            mask_of({"##.#", "..#."}).values);
}

}  // namespace
}  // namespace unetflow
