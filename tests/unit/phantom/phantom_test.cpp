#include "phantom/phantom.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace unetflow {
namespace {

PhantomConfig small() {
  PhantomConfig config;
  config.size = 128;
  return config;
}

TEST(Phantom, ConfigurationAndNumberNameAPicture) {
  const auto config = small();
  const Phantom one = make_phantom(config, 1);
  EXPECT_TRUE(one.image.values == make_phantom(config, 1).image.values);
  EXPECT_FALSE(one.image.values == make_phantom(config, 2).image.values);
  EXPECT_FALSE(one.label.values == make_phantom(config, 2).label.values);
  auto other_seed = config;
  other_seed.seed = 2;
  EXPECT_FALSE(one.label.values == make_phantom(other_seed, 1).label.values);
}

TEST(Phantom, LabelsAreInteriorOrMembraneAndBothAreThere) {
  const auto label = make_phantom(small(), 0).label;
  const auto membrane = std::count(label.values.begin(), label.values.end(), 0);
  const auto interior = std::count(label.values.begin(), label.values.end(), 255);
  const auto size = static_cast<Index>(label.values.size());
  EXPECT_EQ(size, 128 * 128);
  EXPECT_EQ(membrane + interior, size);
  EXPECT_GT(membrane, size / 10);
  EXPECT_LT(membrane, size / 3);
}

TEST(Phantom, OrganellesBlurAndNoiseChangeTheImageAndNotTheLabel) {
  auto config = small();
  const Phantom whole = make_phantom(config, 0);
  config.organelle_density = 0;
  config.blur = 0;
  config.noise = 0;
  const Phantom plain = make_phantom(config, 0);
  EXPECT_TRUE(whole.label.values == plain.label.values);
  EXPECT_FALSE(whole.image.values == plain.image.values);
}

TEST(Phantom, WiderMembranesCoverTheNarrowerOnes) {
  auto config = small();
  const auto narrow = make_phantom(config, 0).label;
  config.membrane *= 2;
  const auto wide = make_phantom(config, 0).label;
  Index added = 0;
  for (size_t i = 0; i < narrow.values.size(); ++i) {
    ASSERT_LE(wide.values[i], narrow.values[i]);
    added += wide.values[i] < narrow.values[i] ? 1 : 0;
  }
  EXPECT_GT(added, 1000);
}

/// F score, over all thresholds, of "darker than the threshold" as a finder of membranes.
double best_threshold_score(const Phantom& phantom) {
  double best = 0;
  for (int threshold = 0; threshold < 256; ++threshold) {
    double hits = 0, found = 0, membrane = 0;
    for (size_t i = 0; i < phantom.label.values.size(); ++i) {
      const bool dark = phantom.image.values[i] < threshold;
      const bool is_membrane = phantom.label.values[i] == 0;
      hits += dark && is_membrane ? 1 : 0;
      found += dark ? 1 : 0;
      membrane += is_membrane ? 1 : 0;
    }
    best = std::max(best, 2 * hits / (found + membrane));
  }
  return best;
}

// On the EM_2012 pictures this is 0.66.
TEST(Phantom, NoThresholdTellsMembranesFromOrganelles) {
  const double score = best_threshold_score(make_phantom({}, 0));
  EXPECT_GT(score, 0.5);
  EXPECT_LT(score, 0.75);
}

}  // namespace
}  // namespace unetflow
