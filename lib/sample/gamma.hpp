// Gamma change of gray values: u -> u^gamma, which brightens or darkens the middle of the range and
// keeps its ends. u is the value scaled by the tile's own range, (v - lowest) / (highest - lowest),
// as nnU-Net and batchgenerators do. A power on [0, 1] itself would do for few images: after
// scaling by percentiles, values are on both sides of it, negative ones have no power, and cutting
// them off loses what they tell. By its own range a tile of any scale is changed alike.
//
// The range is that of all channels together, so that gray stays gray in colour images. It is taken
// before the tile is deformed (interpolation never leaves it), so this is the first of the
// intensity augmentations.
#pragma once

#include <nlohmann/json.hpp>

#include "sample/augmentation.hpp"

namespace unetflow {

struct Gamma {
  static constexpr const char* kKey = "gamma";
  static constexpr DrawNumbers kDraws{12, 2};

  double probability = 0;
  /// ln gamma is uniform in [-ln largest, ln largest]: darker is as likely as brighter.
  double largest = 1.5;

  IntensityChange draw(const Draws& draws, Stack<const float> input) const;
  Showing showing() const;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Gamma, probability, largest)

/// values[x] = low + range u^gamma, u = (values[x] - low) / range cut to [0, 1]; to 1e-6 of the
/// range. `gamma` and `range` > 0.
void power_row(float gamma, float low, float range, Index width, float* values);

}  // namespace unetflow
