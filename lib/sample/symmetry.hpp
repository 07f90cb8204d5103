// The eight symmetries of a square (the dihedral group D4): flips and quarter turns, pixel by
// pixel, nothing interpolated.
#pragma once

#include <cstdint>

#include "image/view.hpp"

namespace unetflow {

struct Symmetry {
  bool flip = false;      ///< left to right, before the turn
  int quarter_turns = 0;  ///< 0 to 3, clockwise

  bool identity() const { return !flip && quarter_turns == 0; }
};

/// The symmetry that undoes `symmetry`.
Symmetry inverse(Symmetry symmetry);

/// Writes `from`, flipped and turned, to `to`. They have the same size, with the sides exchanged
/// for odd quarter turns, and do not overlap.
void apply(Symmetry symmetry, Plane<const float> from, Plane<float> to);
void apply(Symmetry symmetry, Plane<const std::uint8_t> from, Plane<std::uint8_t> to);
void apply(Symmetry symmetry, Plane<const std::uint32_t> from, Plane<std::uint32_t> to);

/// The same for a tile and its labels.
void apply(Symmetry symmetry, const TileView& from, const TileBuffer& to);

}  // namespace unetflow
