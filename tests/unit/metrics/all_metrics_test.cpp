#include "metrics/all_metrics.hpp"

#include <gmock/gmock.h>

#include <set>

#include "core/error.hpp"

namespace unetflow {
namespace {

TEST(AllMetrics, SayAllThatOthersNeedToKnowOfThem) {
  std::set<std::string> keys, names;
  for (const auto& metric : all_metrics()) {
    EXPECT_TRUE(keys.insert(metric.key).second) << metric.key << " is there twice";
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name << " is there twice";
    EXPECT_NE(std::string(metric.description), "") << metric.key;
    EXPECT_NE(metric.measure, nullptr) << metric.key;
    EXPECT_NE(metric.value, nullptr) << metric.key;
    EXPECT_GT(metric.digits, 0) << metric.key;
  }
}

TEST(AllMetrics, AreComputedUnlessTheConfigurationDoesNotAskForThem) {
  EvaluateConfig config;
  EXPECT_EQ(metrics_asked_for(config).size(), all_metrics().size());
  config.warping = false;
  const auto without = metrics_asked_for(config);
  EXPECT_EQ(without.size(), all_metrics().size() - 1);
  EXPECT_THAT(without, testing::Not(testing::Contains(&metric_named("warping_error"))));
}

TEST(AllMetrics, UnknownKeysAreAnError) { EXPECT_THROW(metric_named("v_rant"), Error); }

}  // namespace
}  // namespace unetflow
