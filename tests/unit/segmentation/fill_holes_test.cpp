#include "segmentation/fill_holes.hpp"

#include <gmock/gmock.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

Picture<std::uint32_t> filled(const std::vector<std::string>& rows, Index largest = 100) {
  auto ids = ids_of(rows);
  fill_holes(ids.plane(), largest);
  return ids;
}

TEST(FillHoles, GivesAHoleToTheCellAroundIt) {
  EXPECT_EQ(filled({"1111.22", "1.11.22", "1111..."}).values,
            ids_of({"1111.22", "1111.22", "1111..."}).values);
}

TEST(FillHoles, LeavesLargerHoles) {
  const std::vector<std::string> rows = {"1111", "1..1", "1111"};
  EXPECT_EQ(filled(rows, 1).values, ids_of(rows).values);
  EXPECT_EQ(filled(rows, 2).values, ids_of({"1111", "1111", "1111"}).values);
}

TEST(FillHoles, LeavesBackgroundBetweenTwoCellsOrAtTheEdge) {
  const std::vector<std::string> rows = {"11122", "1..22", "11122", "1.133", ".1133"};
  EXPECT_EQ(filled(rows).values, ids_of(rows).values);
}

TEST(FillHoles, AreJoinedByCorners) {
  // The hole leaves by its corner.
  const std::vector<std::string> rows = {"111.", "1.1.", "11.."};
  EXPECT_EQ(filled(rows).values, ids_of(rows).values);
}

TEST(FillHoles, AreCounted) {
  EXPECT_EQ(count_holes(ids_of({"1111.22", "1.11.2.", "1111..."}).plane()), 1);
}

}  // namespace
}  // namespace unetflow
