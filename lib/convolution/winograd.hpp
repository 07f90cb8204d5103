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
// filters [outgoing, incoming] by input tiles [incoming, tile]. The second factor and the product
// lie in panels of some columns, as in any fast matrix product (Goto and van de Geijn 2008), for a
// micro-kernel that keeps its sums in registers; the transforms write and read them there. Nothing
// here needs LibTorch.
#pragma once

#include "image/view.hpp"

namespace unetflow::winograd {

constexpr Index kOutput = 4;         ///< side of an output tile, and from one tile to the next, px
constexpr Index kInput = 6;          ///< side of an input tile, px
constexpr Index kCoefficients = 36;  ///< of a transformed tile or filter
/// Transforms compute a vector of tiles or filters at once, so they read and write up to this many
/// more than they are asked for: leave room.
constexpr Index kMostLanes = 16;

/// Whether the current instruction set fuses multiplication and addition. Those that do give the
/// same bytes.
bool fused_multiply_add();
/// Columns of a panel: two vectors of the current instruction set.
Index columns();

/// Transformed tiles or filters as a structure of arrays: coefficient p of item i is
/// values[p * plane + i / columns() * panel + i % columns()]. With panels side by side (panel ==
/// columns()) that is a line of items.
struct Transformed {
  float* values;
  Index plane, panel;
};

/// Input transform of `tiles` tiles, the first of which is item `first`, which begins a vector: of
/// 6 rows of input that are `pitch` apart, in which each tile begins 4 numbers after the one
/// before. Their first four columns are read from `rows` and the other two from `rest`: rows + 4,
/// where tiles are neighbours. Reads 4 numbers of each row and tile, with `tiles` rounded up to
/// whole vectors. `next` is where the same rows of the channel begin that is read then, or nullptr:
/// what processors do not foresee.
void transform_input(const float* rows, const float* rest, Index pitch, Index first, Index tiles,
                     Transformed to, const float* next = nullptr);
/// A dY A^T of tiles, from 4 rows of the output's gradient dY: what the output transform makes of a
/// gradient. Else as above.
void transform_output_gradient(const float* rows, Index pitch, Index first, Index tiles,
                               Transformed to, const float* next = nullptr);
/// Output transform of tiles to 4 rows of output, plus `bias`. Writes 4 * tiles numbers of each
/// row, with `tiles` rounded up.
void transform_output(Transformed from, Index first, Index tiles, float bias, float* rows,
                      Index pitch);
/// Filter transform of `count` filters of 3x3, rotated by 180 degrees if asked, as for the
/// input's gradient.
void transform_filters(const float* filters, Index count, bool rotated, Transformed to);
/// G^T m G: the filters' gradients from their coefficients'.
void transform_filter_gradients(Transformed from, Index count, float* filters);

// The matrix products C = A B, one for each coefficient.

constexpr Index kRowsA = 4;  ///< of A that the micro-kernel takes at once

/// Some rows of A, `pitch` apart; their number is a multiple of kRowsA.
struct RowsA {
  const float* values;
  Index pitch, count;
};
/// Panels of B, `step` apart; in each its rows follow one another, columns() numbers long.
struct PanelsB {
  const float* values;
  Index step, count;
};
/// C[panel of B][row of A][columns()] = A B, or += if `add`, where B has `rows` rows.
void multiply(RowsA a, PanelsB b, Index rows, bool add, float* c);
/// Transposes 4 lines of `count` numbers: number i of line l to to[i * step + l].
void transpose(const float* const lines[4], Index count, float* to, Index step);

}  // namespace unetflow::winograd
