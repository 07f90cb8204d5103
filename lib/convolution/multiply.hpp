// Matrix products C = A B of float32, one sum of fused multiply-adds for each number, in order of
// B's rows. B and C lie in panels of some columns, as in any fast matrix product (Goto and van de
// Geijn 2008), for a micro-kernel that keeps its sums in registers. Nothing here needs LibTorch.
#pragma once

#include "core/arithmetic.hpp"

namespace unetflow::winograd {

/// Transforms compute a vector of tiles or filters at once, so they read and write up to this many
/// more than they are asked for: leave room.
constexpr Index kMostLanes = 16;

/// Whether the current instruction set fuses multiplication and addition. Those that do give the
/// same bytes.
bool fused_multiply_add();
/// Columns of a panel: two vectors of the current instruction set.
Index columns();

constexpr Index kRowsA = 4;  ///< of A that the micro-kernel takes at once

/// Some rows of A, `pitch` apart; their number is a multiple of kRowsA.
struct RowsA {
  const float* values;
  Index pitch, count;
};
/// Panels of B, `step` apart; in each its rows follow one another, columns() numbers long. There
/// are `columns` columns in all; the last panel may hold more, which mean nothing.
struct PanelsB {
  const float* values;
  Index step, columns;
};
/// C[panel of B][row of A][columns()] = A B, or += if `add`, where B has `rows` rows. Of the last
/// panel, a second vector without columns is left as it is.
void multiply(RowsA a, PanelsB b, Index rows, bool add, float* c);
/// Transposes 4 lines of `count` numbers: number i of line l to to[i * step + l].
void transpose(const float* const lines[4], Index count, float* to, Index step);

}  // namespace unetflow::winograd
