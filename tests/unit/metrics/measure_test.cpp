#include "metrics/measure.hpp"

#include <gmock/gmock.h>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(Measure, HasCountsOfEachMetricAtItsThresholds) {
  const Metrics metrics = {&metric_named("warping_error"), &metric_named("iou"),
                           &metric_named("v_rand")};
  const auto measures = measure_picture(metrics, picture_of(kCells, kMerged, 7));
  EXPECT_EQ(measures.name, "7");
  EXPECT_EQ(measures.index, 7);
  ASSERT_EQ(measures.counts.size(), 3u);
  EXPECT_EQ(measures.counts[0].size(), 10u);
  EXPECT_EQ(measures.counts[1].size(), 1u);
  EXPECT_EQ(measures.counts[2].size(), 11u);
  for (const auto& metric : measures.counts) {
    for (const auto& counts : metric) EXPECT_FALSE(counts.empty());
  }
}

TEST(Measure, TakesInstancesAsAnnotatedCells) {
  // Two touching cells, found as one: 2/4 each. As components they are one cell, found.
  auto picture = picture_of({"####"}, {"####"});
  EXPECT_EQ(value_at("seg", picture), 1);
  picture.instances = ids_of({"5599"});
  EXPECT_EQ(value_at("seg", picture), 0.5);
}

TEST(Measure, CountsClassesOfTheMostProbableClass) {
  auto picture = picture_of({"####.."}, {"####.."});
  picture.class_count = 3;
  picture.classes = picture.label;
  picture.label.values = {1, 1, 2, 2, 0, 0};
  picture.classes.values = {1, 2, 2, 2, 0, 0};
  EXPECT_THAT(class_values(metric_named("iou"), counts_at("iou", picture)),
              testing::ElementsAre(testing::DoubleEq(1.0 / 2), testing::DoubleEq(2.0 / 3)));
}

}  // namespace
}  // namespace unetflow
