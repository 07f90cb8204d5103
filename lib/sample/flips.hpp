// Left-right flips and quarter turns, pixel by pixel: no value changes.
#pragma once

#include <nlohmann/json.hpp>

#include "sample/augmentation.hpp"

namespace unetflow {

struct Flips {
  static constexpr const char* kKey = "flips";
  static constexpr DrawNumbers kDraws{0, 3};

  double probability = 0;  ///< of a flip, and independently of a turn by 90, 180 or 270 degrees

  /// Tiles that are not square cannot be turned by a quarter: theirs are half turns.
  void contribute(const Draws& draws, Geometry& geometry) const;
  Showing showing() const;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Flips, probability)

}  // namespace unetflow
