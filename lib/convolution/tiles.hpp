// Tiles of images, transformed: rows or columns of the factors of matrix products, and back to
// planes.
#pragma once

#include "convolution/grid.hpp"
#include "convolution/images.hpp"
#include "convolution/winograd.hpp"

namespace unetflow {

using winograd::Block;
using winograd::Grid;
using winograd::kCoefficients;
using winograd::kInput;
using winograd::kMostLanes;
using winograd::kOutput;
using winograd::kRowsA;
using winograd::Transformed;

/// Added to sizes that would be powers of two: what lies such a size apart shares its place in a
/// cache.
constexpr Index kOffset = 16;
/// From one row of a factor to the next, which holds `count` numbers.
inline Index padded(Index count) { return round_up(count, kMostLanes) + kOffset; }

/// Some of the channels.
struct Channels {
  Index first, count;
};

/// The transformed tiles of images with zeros around them: of a convolution's inputs, or of its
/// output's gradients.
struct Tiles {
  enum class Kind { kOfInput, kOfGradient };
  Images images;
  Index padding;
  Kind kind;

  Index channels() const { return images.channels; }
  /// Some channels' coefficients of a block's tiles as rows of a factor.
  void transform_to_rows(const Grid& grid, const Block& block, Channels some, Transformed to,
                         Index row) const;
  /// Each channel's coefficients as a column of B: panels [panel of channels][tile][columns].
  void transform_to_columns(const Grid& grid, const Block& block, Transformed to) const;

 private:
  Index rows() const { return kind == Kind::kOfInput ? kInput : kOutput; }
  Index corner(Index tile) const { return tile * kOutput - padding; }
  void copy(Rows plane, Index top, Index left, float* to) const;
  winograd::TilesAt<const float> places(const Grid& grid, const Block& block, Rows plane,
                                        Index first, Index tiles) const;
  void transform_block(const Grid& grid, const Block& block, Index channel, Transformed to) const;
};

/// Output transform of one channel's tiles of a block, to its plane [height, width].
void transform_to_plane(const Grid& grid, const Block& block, Transformed from,
                        winograd::Activation then, Rows plane, Index height, Index width);

}  // namespace unetflow
