#include "metrics/calibration.hpp"

#include <gmock/gmock.h>

#include "metrics/all_metrics.hpp"
#include "pictures.hpp"

namespace unetflow {
namespace {

Calibration calibrated(const std::vector<PredictedPicture>& pictures,
                       const SegmentConfig& config = {}) {
  return calibrate(
      config, pictures.size(), [&](size_t i) { return pictures[i]; }, 1, [] {});
}

/// An image [40, 40] of 1 where `is_cell(y, x)`; the probability is that of `found`.
template <class IsCell>
PredictedPicture picture(IsCell is_cell, float inside = 0.9f, float outside = 0.1f) {
  PredictedPicture made;
  made.label = Picture<std::uint8_t>(40, 40);
  made.foreground = Picture<float>(40, 40);
  for (Index y = 0; y < 40; ++y) {
    for (Index x = 0; x < 40; ++x) {
      made.label.plane()(y, x) = is_cell(y, x);
      made.foreground.plane()(y, x) = is_cell(y, x) ? inside : outside;
    }
  }
  return made;
}

bool in_grid(Index y, Index x) { return y % 10 != 0 && x % 10 != 0; }
bool in_nuclei(Index y, Index x) { return y % 20 < 6 && x % 20 < 6; }

PredictedPicture with_ids(PredictedPicture made) {
  made.instances = slow_components(made.label);
  return made;
}

TEST(Calibration, TellsMembranesByLinesBetweenCells) {
  const auto calibration = calibrated({picture(in_grid)});
  EXPECT_EQ(calibration.rule.task, "membranes");
  EXPECT_EQ(calibration.rule.border, "thin");
  EXPECT_EQ(calibration.metric, &metric_named("v_rand"));
}

TEST(Calibration, TellsMembranesWhereAllIsCell) {
  auto full = picture([](Index, Index) { return true; });
  full.instances = Picture<std::uint32_t>(40, 40);
  for (size_t i = 0; i < 1600; ++i) full.instances.values[i] = i % 40 < 20 ? 1 : 2;
  EXPECT_EQ(calibrated({full}).rule.task, "membranes");
}

TEST(Calibration, TellsObjectsByTheirBackground) {
  const auto calibration = calibrated({with_ids(picture(in_nuclei))});
  EXPECT_EQ(calibration.rule.task, "objects");
  EXPECT_EQ(calibration.rule.border, "close");
  EXPECT_EQ(calibration.metric, &metric_named("seg"));
  EXPECT_EQ(calibrated({picture(in_nuclei)}).metric, &metric_named("dice"));
}

TEST(Calibration, TellsSizesByTheLabelledCells) {
  // Nuclei of 36 px each.
  const auto rule = calibrated({picture(in_nuclei)}).rule;
  EXPECT_EQ(rule.min_size, 18);
  EXPECT_EQ(rule.max_hole, 36);
}

TEST(Calibration, FillsNoHolesWhereLabelledCellsHaveSome) {
  const auto rings = [](Index y, Index x) {
    return in_nuclei(y, x) && !(y % 20 == 2 && x % 20 == 2);
  };
  EXPECT_EQ(calibrated({picture(rings)}).rule.max_hole, 0);
}

TEST(Calibration, TakesTheThresholdOfTheBestCells) {
  // Found between 0.3 and 0.45; of the equally good 0.3, 0.35 and 0.4 the nearest to 0.5.
  const auto calibration = calibrated({with_ids(picture(in_nuclei, 0.44f, 0.29f))});
  EXPECT_EQ(calibration.rule.threshold, 0.4);
  ASSERT_EQ(calibration.curve.size(), 19u);
  EXPECT_EQ(calibration.curve[7][1], 1);
}

TEST(Calibration, HasOneHalfWhereNothingIsLabelled) {
  const auto calibration = calibrated({picture([](Index, Index) { return false; })});
  EXPECT_EQ(calibration.rule.threshold, 0.5);
  EXPECT_EQ(calibration.rule.task, "objects");
}

TEST(Calibration, LeavesOutWhatIsNotAnnotated) {
  auto partly = with_ids(picture(in_nuclei));
  for (size_t i = 800; i < 1600; ++i) {
    partly.label.values[i] = kIgnored;
    partly.instances.values[i] = 0;
    partly.foreground.values[i] = 0.9f;
  }
  const auto calibration = calibrated({partly});
  EXPECT_EQ(calibration.rule.task, "objects");
  EXPECT_EQ(calibration.rule.min_size, 18);
  EXPECT_EQ(calibration.curve[10][1], 1);
}

TEST(Calibration, LeavesWhatIsConfigured) {
  SegmentConfig config;
  config.task = "objects";
  config.threshold = 0.7;
  config.min_size = 5;
  config.max_hole = 6;
  config.border = "keep";
  const auto calibration = calibrated({picture(in_grid)}, config);
  EXPECT_EQ(nlohmann::json(calibration.rule),
            nlohmann::json(SegmentRule{"objects", 0.7, 5, 6, "keep"}));
  EXPECT_TRUE(calibration.curve.empty());
}

}  // namespace
}  // namespace unetflow
