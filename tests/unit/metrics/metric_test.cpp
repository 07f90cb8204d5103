#include "metrics/metric.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace unetflow {
namespace {

using testing::ElementsAre;

TEST(Metric, WithoutAChoiceOfThresholdIsComputedAtOneHalf) {
  Metric metric;
  EXPECT_THAT(thresholds_of(metric), ElementsAre(0.5));
  metric.last_threshold = 0.9;
  EXPECT_EQ(thresholds_of(metric).size(), 10u);
}

TEST(Metric, ThatCountsByClassIsTheMeanOverClasses) {
  Metric metric;
  metric.value = mean_of;
  const Counts counts = {1, 2, 6, 8};
  EXPECT_EQ(value_of(metric, counts), 0.5);
  EXPECT_TRUE(class_values(metric, counts).empty());
  metric.counts_per_class = 2;
  EXPECT_THAT(class_values(metric, counts), ElementsAre(0.5, 0.75));
  EXPECT_EQ(value_of(metric, counts), 0.625);
}

TEST(Metric, LeavesClassesWithoutAValueOutOfTheirMean) {
  Metric metric;
  metric.value = mean_of;
  metric.counts_per_class = 2;
  EXPECT_EQ(value_of(metric, Counts{0, 0, 6, 8}), 0.75);
  EXPECT_TRUE(std::isnan(value_of(metric, Counts{0, 0, 0, 0})));
}

TEST(ScoreOfImage, IsLeftOutWhereItIsNotDefined) {
  EXPECT_THAT(score_of_image(0.5), ElementsAre(0.5, 1));
  EXPECT_THAT(score_of_image(std::nan("")), ElementsAre(0, 0));
}

TEST(Metric, IsShownWithItsDigits) {
  Metric metric;
  metric.digits = 2;
  EXPECT_EQ(formatted(metric, 1.005001), "1.01");
  EXPECT_EQ(formatted(metric, std::nan("")), "-");
}

TEST(MeanOf, NothingIsNaN) {
  EXPECT_EQ(mean_of(Counts{6, 4}), 1.5);
  EXPECT_TRUE(std::isnan(mean_of(Counts{0, 0})));
}

}  // namespace
}  // namespace unetflow
