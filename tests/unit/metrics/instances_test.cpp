#include "metrics/instances.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "pictures.hpp"

namespace unetflow {
namespace {

SegScore score(const std::vector<std::string>& objects, const std::vector<std::string>& segments) {
  return seg_score(ids_of(objects).plane(), 9, ids_of(segments).plane(), 9);
}

TEST(Seg, IsTheIntersectionOverUnionOfTheMatch) {
  // 3 of 4 pixels, and one outside: 3 / 5.
  EXPECT_DOUBLE_EQ(score({"1111."}, {".2222"}).mean(), 3.0 / 5);
}

TEST(Seg, NeedsMoreThanHalfForAMatch) {
  EXPECT_EQ(score({"1111"}, {"11.."}).mean(), 0);
  EXPECT_DOUBLE_EQ(score({"1111"}, {"111."}).mean(), 0.75);
}

TEST(Seg, OneSegmentMayMatchTwoObjects) {
  // Merged cells of 2 and 3 pixels: 2/5 and 3/5.
  EXPECT_DOUBLE_EQ(score({"11222"}, {"11111"}).mean(), 0.5);
}

TEST(Seg, ExtraSegmentsCostNothing) { EXPECT_EQ(score({"11...."}, {"22.3.4"}).mean(), 1); }

TEST(Seg, PoolsObjectsOverPictures) {
  SegScore total = score({"1.2.3"}, {"1.2.3"});
  total += score({"1"}, {"."});
  EXPECT_DOUBLE_EQ(total.mean(), 3.0 / 4);
}

TEST(Seg, HasNoValueWithoutObjects) { EXPECT_TRUE(std::isnan(score({"."}, {"1"}).mean())); }

}  // namespace
}  // namespace unetflow
