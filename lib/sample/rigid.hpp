// Rotation about the tile's centre, and shift.
#pragma once

#include <nlohmann/json.hpp>

#include "sample/augmentation.hpp"

namespace unetflow {

struct Rigid {
  static constexpr const char* kKey = "rigid";
  static constexpr DrawNumbers kDraws{3, 4};

  double probability = 0;
  double rotation = 3;  ///< degrees; the angle is uniform in [-rotation, rotation]
  double shift = 3;     ///< px; each shift is uniform in [-shift, shift]

  void contribute(const Draws& draws, Geometry& geometry) const;
  Showing showing() const;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Rigid, probability, rotation, shift)

}  // namespace unetflow
