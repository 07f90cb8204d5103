#include <gmock/gmock.h>

#include <cmath>

#include "measured.hpp"

namespace unetflow {
namespace {

double score(const std::vector<std::string>& cells, const std::vector<std::string>& segments) {
  PredictedPicture picture;
  picture.instances = ids_of(cells);
  picture.segments = ids_of(segments);
  picture.label = Picture<std::uint8_t>(picture.instances.height, picture.instances.width);
  const Metric& metric = metric_named("ap");
  return value_of(metric, measure_picture({&metric}, picture).counts.at(0).at(0));
}

TEST(AveragePrecision, IsTheFractionOfCellsThatAreFound) {
  EXPECT_EQ(score({"11.22.33"}, {"11.22.33"}), 1);
  EXPECT_DOUBLE_EQ(score({"11.22.33"}, {"11.22..."}), 2.0 / 3);
}

TEST(AveragePrecision, CountsSegmentsThatAreNoCell) {
  EXPECT_DOUBLE_EQ(score({"11......"}, {"11.22.33"}), 1.0 / 3);
}

TEST(AveragePrecision, NeedsMoreThanHalfOfTheUnion) {
  EXPECT_EQ(score({"11.."}, {"1111"}), 0);  // 2 of 4
  EXPECT_EQ(score({"111."}, {"1111"}), 1);
}

TEST(AveragePrecision, CountsSegmentsOfImagesWithoutCells) {
  const auto all = evaluated({picture_of(kCells, kCells), picture_of({"....."}, {"..#.."})});
  EXPECT_DOUBLE_EQ(find_result(all, "ap")->value(), 2.0 / 3);
  EXPECT_EQ(find_result(all, "ap")->left_out(), 1u);
}

TEST(AveragePrecision, IsNotDefinedWithoutCells) { EXPECT_TRUE(std::isnan(score({".."}, {".."}))); }

}  // namespace
}  // namespace unetflow
