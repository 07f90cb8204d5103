// Winograd's minimal filtering F(4x4, 3x3): Lavin and Gray 2016, "Fast Algorithms for Convolutional
// Neural Networks", with the points 0, 1, -1, 2, -2 and infinity. A tile of 4x4 outputs
//     Y = A^T [ (G g G^T) * (B^T d B) ] A        (* element by element)
// of a filter g of 3x3 and an input tile d of 6x6 takes 36 products; computed directly it takes
// 144.
//
//         | 4  0 -5  0  1  0 |        |  1/4     0     0  |
//         | 0 -4 -4  1  1  0 |        | -1/6  -1/6  -1/6  |         | 1  1  1  1  1  0 |
//   B^T = | 0  4 -4 -1  1  0 |    G = | -1/6   1/6  -1/6  |   A^T = | 0  1 -1  2 -2  0 |
//         | 0 -2 -1  2  1  0 |        | 1/24  1/12   1/6  |         | 0  1  1  4  4  0 |
//         | 0  2 -1 -2  1  0 |        | 1/24 -1/12   1/6  |         | 0  1 -1  8 -8  1 |
//         | 0  4  0 -5  0  1 |        |    0     0     1  |
//
// B^T d B is the input transform, G g G^T the filter transform, A^T m A the output transform. Over
// many channels and tiles, the products of each of the 36 coefficients are one matrix product:
// filters [outgoing, incoming] by input tiles [incoming, tile]. The transforms write and read them
// in the panels of multiply.hpp. Nothing here needs LibTorch.
#pragma once

#include <array>
#include <limits>

#include "convolution/multiply.hpp"

namespace unetflow::winograd {

constexpr Index kOutput = 4;         ///< side of an output tile, and from one tile to the next, px
constexpr Index kInput = 6;          ///< side of an input tile, px
constexpr Index kCoefficients = 36;  ///< of a transformed tile or filter
/// Transformed tiles or filters as a structure of arrays: coefficient p of item i is
/// values[p * plane + i / columns() * panel + i % columns()]. With panels side by side (panel ==
/// columns()) that is a line of items.
struct Transformed {
  float* values;
  Index plane, panel;
};

/// A vector of tiles, wherever each lies: tile i begins at at[i], and its rows are pitch[i] apart.
template <class T>
struct TilesAt {
  std::array<T*, kMostLanes> at;
  std::array<Index, kMostLanes> pitch;
};

/// Input transform of `tiles` neighbours, the first of which is item `first`, which begins a
/// vector: of 6 rows of input that are `pitch` apart, in which each tile begins 4 numbers after the
/// one before. Reads 4 numbers of each row and tile, with `tiles` rounded up to whole vectors, and
/// two more. `next` is where the same rows of the channel begin that is read then, or nullptr: what
/// processors do not foresee.
void transform_input(const float* rows, Index pitch, Index first, Index tiles, Transformed to,
                     const float* next = nullptr);
/// The same of a vector of tiles that need not be neighbours; reads only these. `next` is how far
/// the channel is that is read then, or 0.
void transform_input(const TilesAt<const float>& tiles, Index next, Index first, Transformed to);
/// A dY A^T of tiles, from 4 rows of the output's gradient dY: what the output transform makes of a
/// gradient. Else as above.
void transform_output_gradient(const float* rows, Index pitch, Index first, Index tiles,
                               Transformed to, const float* next = nullptr);
void transform_output_gradient(const TilesAt<const float>& tiles, Index next, Index first,
                               Transformed to);
/// What is done with outputs: a bias is added, and none is less than `least`, 0 for a ReLU. NaN
/// stays what it is.
struct Activation {
  float bias = 0, least = -std::numeric_limits<float>::infinity();
};
/// Output transform of tiles to 4 rows of output. Writes 4 * tiles numbers of each row, with
/// `tiles` rounded up.
void transform_output(Transformed from, Index first, Index tiles, Activation then, float* rows,
                      Index pitch);
void transform_output(Transformed from, Index first, Activation then, const TilesAt<float>& to);
/// Filter transform of `count` filters of 3x3 that are `step` apart, rotated by 180 degrees if
/// asked, as for the input's gradient.
void transform_filters(const float* filters, Index step, Index count, bool rotated, Transformed to);
/// G^T m G: the filters' gradients from their coefficients'.
void transform_filter_gradients(Transformed from, Index count, float* filters);

}  // namespace unetflow::winograd
