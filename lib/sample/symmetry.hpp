// The eight ways to lay a picture down: flips and quarter turns, pixel by pixel, nothing
// interpolated.
#pragma once

#include <cstdint>

#include "image/view.hpp"

namespace unetflow {

struct Symmetry {
  bool flip = false;      ///< left to right, before the turn
  int quarter_turns = 0;  ///< 0 to 3, clockwise

  bool identity() const { return !flip && quarter_turns == 0; }
};

/// What lays a picture back that `symmetry` laid down.
Symmetry inverse(Symmetry symmetry);

/// Writes `from`, flipped and turned, to `to`, which is as large (its sides exchanged for odd
/// quarter turns) and does not overlap it.
void lay_down(Symmetry symmetry, Plane<const float> from, Plane<float> to);
void lay_down(Symmetry symmetry, Plane<const std::uint8_t> from, Plane<std::uint8_t> to);
void lay_down(Symmetry symmetry, Plane<const std::uint32_t> from, Plane<std::uint32_t> to);

/// The same for a tile and its labels.
void lay_down(Symmetry symmetry, const TileView& from, const TileBuffer& to);

}  // namespace unetflow
