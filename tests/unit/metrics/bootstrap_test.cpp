#include "metrics/bootstrap.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace unetflow {
namespace {

double mean_of(std::span<const std::size_t> drawn) {
  double sum = 0;
  for (const auto i : drawn) sum += static_cast<double>(i);
  return sum / static_cast<double>(drawn.size());
}

TEST(Bootstrap, OfEqualThingsIsOnePoint) {
  const auto interval = bootstrap_interval({}, 7, [](auto) { return 0.25; });
  EXPECT_EQ(interval[0], 0.25);
  EXPECT_EQ(interval[1], 0.25);
}

TEST(Bootstrap, OfAMeanIsThatOfTheNormalApproximation) {
  // Numbers 0 to 99: mean 49.5, standard error sqrt((100^2 - 1) / 12 / 100) = 2.887.
  BootstrapConfig config;
  config.resamples = 20000;
  const auto interval = bootstrap_interval(config, 100, mean_of);
  EXPECT_NEAR(interval[0], 49.5 - 1.96 * 2.887, 0.2);
  EXPECT_NEAR(interval[1], 49.5 + 1.96 * 2.887, 0.2);
}

TEST(Bootstrap, OfTwoThingsReachesBothEnds) {
  // Each is drawn twice in a quarter of the resamples.
  const auto interval = bootstrap_interval({}, 2, mean_of);
  EXPECT_EQ(interval[0], 0);
  EXPECT_EQ(interval[1], 1);
}

TEST(Bootstrap, DependsOnTheSeedOnly) {
  BootstrapConfig other;
  other.seed = 2;
  EXPECT_EQ(bootstrap_interval({}, 9, mean_of), bootstrap_interval({}, 9, mean_of));
  const auto statistic = [](auto drawn) {
    return mean_of(drawn) + 1e-9 * static_cast<double>(drawn[0]);
  };
  EXPECT_NE(bootstrap_interval({}, 9, statistic), bootstrap_interval(other, 9, statistic));
}

TEST(Bootstrap, LeavesOutResamplesWithoutAValue) {
  const auto interval = bootstrap_interval({}, 3, [](auto drawn) {
    return drawn[0] == 0 ? std::nan("") : static_cast<double>(drawn[0]);
  });
  EXPECT_EQ(interval[0], 1);
  EXPECT_EQ(interval[1], 2);
}

}  // namespace
}  // namespace unetflow
