#include "segmentation/measure_cells.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace unetflow {
namespace {

using testing::ElementsAre;

/// A disc, as pixels whose centres are within the radius; `stretch` is a pixel's width over its
/// height.
Picture<std::uint32_t> disc(Index size, double radius, double stretch = 1) {
  Picture<std::uint32_t> cells(size, size);
  const double middle = static_cast<double>(size) / 2 - 0.3;
  for (Index y = 0; y < size; ++y) {
    for (Index x = 0; x < size; ++x) {
      const double away =
          std::hypot(static_cast<double>(y) - middle, (static_cast<double>(x) - middle) * stretch);
      cells.plane()(y, x) = away <= radius ? 1 : 0;
    }
  }
  return cells;
}

TEST(MeasureCells, GivesAreaCentroidBoxAndGrayOfEach) {
  Picture<std::uint32_t> cells(3, 4);
  cells.values = {1, 1, 0, 3,  //
                  0, 1, 0, 3,  //
                  0, 0, 0, 3};
  Picture<float> image(2, 3, 4);
  for (std::size_t i = 0; i < 12; ++i) {
    image.values[i] = static_cast<float>(i);
    image.values[12 + i] = 7;
  }
  const auto measured = measure_cells(cells.plane(), image.stack());
  ASSERT_EQ(measured.size(), 2U);  // no cell is called 2
  EXPECT_EQ(measured[0].id, 1U);
  EXPECT_EQ(measured[0].area, 3);
  EXPECT_THAT(measured[0].centroid, ElementsAre(1. / 3, 2. / 3));
  EXPECT_THAT(measured[0].box, ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(measured[0].mean_gray, ElementsAre((0. + 1 + 5) / 3, 7));
  EXPECT_EQ(measured[1].id, 3U);
  EXPECT_THAT(measured[1].centroid, ElementsAre(1, 3));
  EXPECT_THAT(measured[1].box, ElementsAre(0, 3, 2, 3));
}

TEST(MeasureCells, PerimeterOfADiscIsThatOfItsCircle) {
  for (const double radius : {8., 15.5, 40.}) {
    const auto cells = disc(100, radius);
    const double expected = 2 * std::numbers::pi * radius;
    EXPECT_NEAR(measure_cells(cells.plane(), {})[0].perimeter, expected, 0.03 * expected);
  }
}

TEST(MeasureCells, PerimeterIsInTheUnitOfThePixelSize) {
  const auto cells = disc(100, 40);
  const double in_px = measure_cells(cells.plane(), {})[0].perimeter;
  EXPECT_NEAR(measure_cells(cells.plane(), {}, {0.5, 0.5})[0].perimeter, in_px / 2, 1e-9 * in_px);
  const auto stretched = disc(120, 40, 2);  // in pixels twice as wide as high
  EXPECT_NEAR(measure_cells(stretched.plane(), {}, {0.5, 1})[0].perimeter, in_px / 2, 0.05 * in_px);
}

TEST(MeasureCells, NeighboursAndTheImagesEdgeAreOutlines) {
  Picture<std::uint32_t> cells(2, 2);
  cells.values = {1, 2, 1, 2};
  const auto measured = measure_cells(cells.plane(), {});
  ASSERT_EQ(measured.size(), 2U);
  EXPECT_DOUBLE_EQ(measured[0].perimeter, measured[1].perimeter);
  EXPECT_GT(measured[0].perimeter, 4);  // of 1 x 2 px
}

TEST(CellTable, HasAColumnForEachValue) {
  MeasuredCell cell;
  cell.id = 4;
  cell.area = 10;
  cell.centroid = {1.5, 2};
  cell.box = {0, 1, 3, 3};
  cell.perimeter = 12.25;
  cell.mean_gray = {0.5, 3};
  EXPECT_EQ(cell_table_header(1, false),
            "picture,cell,area_px,centroid_y_px,centroid_x_px,top_px,left_px,bottom_px,right_px,"
            "perimeter_px,mean_gray\n");
  EXPECT_EQ(cell_table_header(2, true),
            "picture,cell,area_px,centroid_y_px,centroid_x_px,top_px,left_px,bottom_px,right_px,"
            "area_um2,perimeter_um,mean_gray_0,mean_gray_1\n");
  EXPECT_EQ(cell_table_line("a, b", cell, {0.5, 0.2}),
            "\"a, b\",4,10,1.5,2,0,1,3,3,1,12.25,0.5,3\n");
}

}  // namespace
}  // namespace unetflow
