#include "metrics/paired_difference.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace unetflow {
namespace {

const double kNone = std::nan("");

TEST(PairedDifference, ComparesImagesWithThemselves) {
  // Images differ by far more than the two ways do.
  const SeedValues first = {{0.1, 0.5, 0.9}, {0.1, 0.5, 0.9}};
  const SeedValues second = {{0.12, 0.52, 0.92}, {0.13, 0.53, 0.93}};
  const auto result = paired_difference({}, first, second);
  EXPECT_NEAR(result.mean[0], 0.5, 1e-12);
  EXPECT_NEAR(result.mean[1], 0.525, 1e-12);
  EXPECT_NEAR(result.difference, 0.025, 1e-12);
  EXPECT_NEAR(result.interval[0], 0.025, 1e-12);
  EXPECT_NEAR(result.interval[1], 0.025, 1e-12);
  EXPECT_NEAR(result.spread, 0.01, 1e-12);
  EXPECT_EQ(result.images, 3U);
  EXPECT_EQ(result.doubt, "");
}

TEST(PairedDifference, SaysNothingBelowTheSpreadOfSeeds) {
  const SeedValues first = {{0.1, 0.5}, {0.13, 0.53}}, second = {{0.12, 0.52}, {0.13, 0.53}};
  const auto result = paired_difference({}, first, second);
  EXPECT_NEAR(result.difference, 0.01, 1e-12);
  EXPECT_NEAR(result.spread, 0.03, 1e-12);
  EXPECT_EQ(result.doubt, "within the seeds' spread");
}

TEST(PairedDifference, SaysNothingWhereImagesDisagree) {
  const SeedValues first = {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
  const SeedValues second = {{0.9, 0.4, 0.4}, {0.9, 0.4, 0.4}};
  const auto result = paired_difference({}, first, second);
  EXPECT_LT(result.interval[0], 0);
  EXPECT_GT(result.interval[1], 0);
  EXPECT_EQ(result.doubt, "the interval holds 0");
}

TEST(PairedDifference, SaysNothingOfOneSeedOrOneImage) {
  EXPECT_EQ(paired_difference({}, {{0.1, 0.2}}, {{0.8, 0.9}, {0.8, 0.9}}).doubt,
            "one seed tells no spread");
  EXPECT_EQ(paired_difference({}, {{0.1}, {0.1}}, {{0.8}, {0.8}}).doubt, "one image");
}

TEST(PairedDifference, LeavesOutImagesWithoutAValue) {
  const auto result = paired_difference({}, {{0.1, kNone, 0.3}, {0.1, 0.2, 0.3}},
                                        {{0.4, 0.9, 0.6}, {0.4, 0.9, 0.6}});
  EXPECT_EQ(result.images, 2U);
  EXPECT_NEAR(result.difference, 0.3, 1e-12);
  EXPECT_EQ(paired_difference({}, {{kNone}}, {{0.5}}).doubt, "no image has a value");
}

}  // namespace
}  // namespace unetflow
