#include "metrics/thresholds.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(Thresholds, AreAddedUpInDoubles) {
  const auto thresholds = challenge_thresholds(1);
  ASSERT_EQ(thresholds.size(), 11u);
  EXPECT_EQ(thresholds[5], 0.5);
  EXPECT_EQ(thresholds.back(), 0.9999999999999999);
}

TEST(Thresholds, AreTenUpToTheWarpingErrorsLast) {
  EXPECT_EQ(challenge_thresholds(0.9).size(), 10u);
}

}  // namespace
}  // namespace unetflow
