// Distances to the two nearest distinct cells, exact, as far as they matter.
//
// If each column keeps, for each of its pixels, the two nearest distinct cells that it meets
// itself, then a row needs nothing else: a cell that is third in a column is beaten there by two
// others at every place of the row. So one pass down and one up carry two cells a column, and along
// the row the columns within reach are compared, outwards, until nothing nearer can come. The work
// a pixel depends on the reach, never on the number of cells.
//
// All numbers are integers: 16-bit ones, twice as many at a time, where the squares and the ids
// fit.
//
// Considered and dropped: lower envelopes of parabolas (Felzenszwalb and Huttenlocher 2012), which
// need no reach, but cannot be computed for neighbouring pixels at once.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "image/view.hpp"
#include "simd/aligned.hpp"

namespace unetflow {

/// One row of what columns know: two distinct cells and the distances to them along the column, in
/// px; squared once both directions are joined.
template <class Number>
struct ColumnsRow {
  Number *distance1, *distance2, *cell1, *cell2;
};

/// What columns know of the rows of a block, then on the way down, then on the way up. Each row is
/// padded by `pad` on both sides.
template <class Number>
struct ColumnsOfBlock {
  static constexpr Index kBlock = 32, kDown = kBlock, kUp = kBlock + 1, kRows = kBlock + 2;
  Number* data;
  Index length;
  Index pad;

  Index size() const { return 4 * kRows * length; }
  ColumnsRow<Number> row(Index i) const {
    Number* first = data + 4 * i * length + pad;
    return {first, first + length, first + 2 * length, first + 3 * length};
  }
};

/// Distances of a picture's pixels, row by row from the first on, computed in `Number`. Buffers
/// grow on first use and then stay.
template <class Number>
class NearestCells {
 public:
  /// The farthest reach and the largest id whose numbers fit.
  static constexpr Index kLargestReach = std::is_same_v<Number, std::int16_t> ? 126 : 30000;
  static constexpr std::uint32_t kLargestId =
      std::is_same_v<Number, std::int16_t> ? 0xFFFF : 0xFFFFFFFF;

  /// Starts on `cells` (ids, 0 = background). A cell's border is its pixels with a 4-neighbour
  /// inside the picture that is not of the cell. Sums d1 + d2 beyond `reach` px do not matter.
  void begin(Plane<const std::uint32_t> cells, Index reach);
  /// The squares, in px^2, of the distances d1 and d2 of the next row's pixels to the borders of
  /// the nearest and second nearest cell; exact where d1 + d2 <= reach, elsewhere any two numbers
  /// whose roots' sum exceeds it. [round_up(width, kLanes)]
  void next(Number* d1, Number* d2);

 private:
  ColumnsOfBlock<Number> columns();

  Index height_ = 0, width_ = 0;
  Index reach_ = 0;
  Index given_ = 0;               ///< rows handed out so far
  Index stride_ = 0;              ///< of the border's rows
  AlignedVector<Number> border_;  ///< [height, stride] cell of border pixels, else 0
  AlignedVector<Number> columns_;
};

}  // namespace unetflow
