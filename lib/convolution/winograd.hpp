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
// filters [outgoing, incoming] by input tiles [incoming, tile]. The factors are packed into panels,
// as in any fast matrix product (Goto and van de Geijn 2008), for a micro-kernel that keeps its
// sums in registers. Nothing here needs LibTorch.
#pragma once

#include "image/view.hpp"

namespace unetflow::winograd {

constexpr Index kOutput = 4;         ///< side of an output tile, and from one tile to the next, px
constexpr Index kInput = 6;          ///< side of an input tile, px
constexpr Index kCoefficients = 36;  ///< of a transformed tile or filter
/// Transforms compute a vector of tiles or filters at once, so they read and write up to this many
/// more than they are asked for: leave room.
constexpr Index kMostLanes = 16;

/// Transformed tiles or filters as a structure of arrays: coefficient p of item i is
/// values[p * plane + i].
struct Transformed {
  float* values;
  Index plane;
};

/// Input transform of a row of tiles, from 6 rows of input that are `pitch` apart. Reads
/// 4 * (tiles + 1) numbers of each row, with `tiles` rounded up to whole vectors.
void transform_input(const float* rows, Index pitch, Index tiles, Transformed to);
/// A dY A^T of a row of tiles, from 4 rows of the output's gradient dY: what the output transform
/// makes of a gradient. Reads 4 * tiles numbers of each row, with `tiles` rounded up.
void transform_output_gradient(const float* rows, Index pitch, Index tiles, Transformed to);
/// Output transform of a row of tiles to 4 rows of output, plus `bias`. Writes 4 * tiles numbers of
/// each row, with `tiles` rounded up.
void transform_output(Transformed from, Index tiles, float bias, float* rows, Index pitch);
/// Filter transform of `count` filters of 3x3, rotated by 180 degrees if asked, as for the
/// input's gradient.
void transform_filters(const float* filters, Index count, bool rotated, Transformed to);
/// G^T m G: the filters' gradients from their coefficients'.
void transform_filter_gradients(Transformed from, Index count, float* filters);

// The matrix products C = A B, one for each coefficient. A factor is packed into panels of some of
// its columns (tiles or channels); a panel is stored row after row.

constexpr Index kColumnsA = 4;  ///< of a packed panel of A
/// Whether the current instruction set fuses multiplication and addition. Those that do give the
/// same bytes.
bool fused_multiply_add();
/// Columns of a packed panel of B or C: two vectors of the current instruction set.
Index columns_b();

/// Packs 4 columns, given as lines of `count` numbers: column c of row i to to[i * step + c]. A
/// panel of B takes several such calls.
void pack_columns(const float* const lines[kColumnsA], Index count, float* to, Index step);
/// Packs row `row` of B, given as [36][pitch], into panels [36][panels][rows][columns_b()].
void pack_row(const float* from, Index pitch, Index panels, Index rows, Index row, float* to);
/// The inverse, for C.
void unpack_row(const float* from, Index pitch, Index panels, Index rows, Index row, float* to);
/// C[panel of B][4 * panel of A + column][columns_b()] = A^T B, or += if `add`, with `count` rows.
void multiply(const float* a, Index a_panels, const float* b, Index b_panels, Index count, bool add,
              float* c);

}  // namespace unetflow::winograd
