#include "sample/flips.hpp"

namespace unetflow {

void Flips::contribute(const Draws& draws, Geometry& geometry) const {
  enum : std::uint64_t { kFlip, kTurn, kQuarters };
  geometry.symmetry.flip = draws.happens(kFlip, probability);
  if (draws.happens(kTurn, probability)) {
    geometry.symmetry.quarter_turns =
        geometry.square ? 1 + static_cast<int>(draws.below(kQuarters, 3)) : 2;
  }
}

Showing Flips::showing() const {
  return {.what = "Flips and quarter turns: one of the eight symmetries of a square.",
          .whole_tile = true};
}

}  // namespace unetflow
