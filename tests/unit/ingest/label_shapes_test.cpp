#include "ingest/label_shapes.hpp"

#include <gtest/gtest.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

CellShapes shapes(const std::vector<std::string>& rows) { return shapes_of(ids_of(rows).plane()); }

TEST(LabelShapes, CountCellsAndTheirPieces) {
  const auto found = shapes({"11.22", "1.1..", "....2"});
  EXPECT_EQ(found.cells, 2);
  EXPECT_EQ(found.pieces, 3);  // the first is joined by a corner
  EXPECT_EQ(found.hollow, 0);
}

TEST(LabelShapes, AreHollowWhereHolesAreLargerThanTheCell) {
  const std::vector<std::string> ring = {"1111111", "1.....1", "1.....1", "1.....1",
                                         "1.....1", "1.....1", "1111111"};
  EXPECT_EQ(shapes(ring).hollow, 1);
  auto corners = ring;  // which touch by corners only
  corners[0] = corners[6] = ".11111.";
  EXPECT_EQ(shapes(corners).hollow, 1);
  auto thick = ring;
  thick[1] = thick[2] = thick[3] = "1111111";
  EXPECT_EQ(shapes(thick).hollow, 0);
  auto open = ring;
  open[0] = "111.111";  // what is inside touches the edge of the image
  EXPECT_EQ(shapes(open).hollow, 0);
}

}  // namespace
}  // namespace unetflow
