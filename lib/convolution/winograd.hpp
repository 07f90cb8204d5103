// Minimal filtering F(4x4, 3x3): Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural
// Networks", with the points 0, 1, -1, 2, -2 and infinity. 36 products make the 16 outputs of a
// tile that a direct convolution makes of 144. These are the changes of basis before and after the
// products; nothing here needs LibTorch.
#pragma once

#include "image/view.hpp"

namespace unetflow::winograd {

constexpr Index kOutput = 4;      ///< side of a tile's output, and the step from tile to tile, px
constexpr Index kInput = 6;       ///< side of its input, px
constexpr Index kPoints = 36;     ///< numbers that stand for a tile, or for a kernel
constexpr Index kMostLanes = 16;  ///< changes of basis take whole vectors: room to leave behind

/// Where the numbers of things side by side lie: of thing i, number p at values[p * plane + i].
struct Points {
  float* values;
  Index plane;
};

/// A row of tiles from 6 rows of input, `pitch` apart, which go on for whole vectors of tiles.
void from_input(const float* rows, Index pitch, Index tiles, Points to);
/// A row of tiles from 4 rows of the output's gradient.
void from_gradient(const float* rows, Index pitch, Index tiles, Points to);
/// 4 rows of output from a row of tiles.
void to_output(Points from, Index tiles, float bias, float* rows, Index pitch);
/// From kernels of 3x3 numbers, turned by 180 degrees if asked; there is room for whole vectors.
void from_kernels(const float* kernels, Index count, bool turned, Points to);
/// The gradients of such kernels; numbers go on for whole vectors.
void to_kernels(Points from, Index count, float* kernels);

// The products of matrices, which lie in panels: some columns side by side, row after row.

constexpr Index kLeft = 4;  ///< columns of a panel of left factors
/// Columns of a panel of right factors, by the instruction set: two vectors, and each thing of the
/// changes of basis in a lane of one.
Index right_columns();

/// Row i of a left panel, to[i * step + c], from 4 lines of `count` numbers each; or a quarter of a
/// right panel's rows.
void interleave(const float* const lines[kLeft], Index count, float* to, Index step);
/// Numbers [36][pitch] of one channel to row `row` of right panels [36][panels][rows]; and back.
void to_panels(const float* from, Index pitch, Index panels, Index rows, Index row, float* to);
void from_panels(const float* from, Index pitch, Index panels, Index rows, Index row, float* to);
/// out[right panel][left panel * 4 + l][r] = (add: +=) the sum over `count` rows of left times
/// right.
void multiply(const float* left, Index left_panels, const float* right, Index right_panels,
              Index count, bool add, float* out);

}  // namespace unetflow::winograd
