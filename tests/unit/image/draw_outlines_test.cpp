#include <gmock/gmock.h>

#include "image/outlines.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;

Ring box(double left, double top, double right, double bottom) {
  return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

Outline of(std::vector<Area> areas) {
  Outline cell;
  cell.areas = std::move(areas);
  return cell;
}

TEST(DrawOutlines, TakesPixelsWhoseMiddlesAreInside) {
  const auto drawn = draw({of({{{box(0.5, 0, 2.4, 1)}}}), of({{{box(3.4, 0, 9, 1)}}})}, 1, 5);
  EXPECT_THAT(drawn.ids.values, ElementsAre(1, 1, 0, 2, 2));
  EXPECT_EQ(drawn.empty, 0);
}

TEST(DrawOutlines, LeavesHolesAndJoinsAreas) {
  const auto drawn = draw({of({{{box(0, 0, 5, 3), box(1, 1, 4, 2)}}, {{box(2, 1, 3, 2)}}})}, 3, 5);
  EXPECT_THAT(drawn.ids.values, ElementsAre(1, 1, 1, 1, 1,  //
                                            1, 0, 1, 0, 1,  //
                                            1, 1, 1, 1, 1));
}

TEST(DrawOutlines, DrawsEllipses) {
  const auto drawn = draw({of({{{box(0, 0, 5, 3)}, true}})}, 3, 5);
  EXPECT_THAT(drawn.ids.values, ElementsAre(0, 1, 1, 1, 0,  //
                                            1, 1, 1, 1, 1,  //
                                            0, 1, 1, 1, 0));
}

TEST(DrawOutlines, DrawsRunsColumnByColumn) {
  Outline cell;
  cell.runs = {1, 3, 2};
  EXPECT_THAT(draw({cell}, 2, 3).ids.values, ElementsAre(0, 1, 0,  //
                                                         1, 1, 0));
}

TEST(DrawOutlines, GivesSharedPixelsToTheLaterCellAndNoneToCrowds) {
  Outline crowd = of({{{box(0, 0, 3, 1)}}});
  crowd.ignored = true;
  const auto drawn =
      draw({of({{{box(0, 0, 2, 1)}}}), of({{{box(1, 0, 2, 1)}}}), crowd, of({{{box(7, 0, 9, 1)}}})},
           1, 4);
  EXPECT_THAT(drawn.ids.values, ElementsAre(1, 2, 0, 0));
  EXPECT_THAT(drawn.is_ignored.values, ElementsAre(0, 0, 1, 0));
  EXPECT_EQ(drawn.shared, 1);
  EXPECT_EQ(drawn.empty, 1);
}

}  // namespace
}  // namespace unetflow
