#include "metrics/evaluate.hpp"

#include <gmock/gmock.h>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(Evaluate, NamesTheImagesInTheOrderRead) {
  const auto evaluation = evaluated(two_pictures(), {}, 2);
  ASSERT_EQ(evaluation.images.size(), 2u);
  EXPECT_EQ(evaluation.images[0].index, 4);
  EXPECT_EQ(evaluation.images[1].name, "7");
  EXPECT_TRUE(evaluation.comparison.empty());
}

TEST(Evaluate, IsByTheGivenMetricsOnly) {
  const auto pictures = two_pictures();
  const auto evaluation = evaluate(
      {&metric_named("v_info")}, {}, 2, [&](size_t i) { return pictures[i]; }, 1, [] {});
  ASSERT_EQ(evaluation.metrics.size(), 1u);
  EXPECT_EQ(evaluation.metrics[0].metric->key, std::string("v_info"));
}

}  // namespace
}  // namespace unetflow
