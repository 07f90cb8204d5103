// Exact distances from each pixel to its two nearest distinct cells, within a given reach.
//
// For each pixel, only the two nearest distinct cells of each column can matter: a third cell of a
// column is farther than those two from every pixel of the row. So one pass down and one pass up
// keep two candidates per column. Then each row is scanned horizontally: from each pixel outwards,
// the candidates of the columns within reach are compared, until no nearer cell can follow. The
// work per pixel depends on the reach, not on the number of cells.
//
// All numbers are integers. 16 bits are used where squares and ids fit: a vector holds twice as
// many.
//
// Considered and dropped: lower envelopes of parabolas (Felzenszwalb and Huttenlocher 2012). They
// need no reach, but cannot be computed for several neighbouring pixels at once.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "image/view.hpp"
#include "simd/aligned.hpp"

namespace unetflow {

/// For each pixel of one row, the candidates of its column: two distinct cells and the distances to
/// them along the column, in px; in px^2 after the passes down and up have been merged.
template <class Number>
struct ColumnsRow {
  Number *distance1, *distance2, *cell1, *cell2;
};

/// The candidates of the rows of a block, and then those that the pass down (row kDown) and the
/// pass up (kUp) carry along. Each row is padded by `pad` pixels on both sides.
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

/// Computes the distances row by row, starting from the first, in numbers of type `Number`. Buffers
/// grow on first use and are kept.
template <class Number>
class NearestCells {
 public:
  /// The largest reach and the largest id for which `Number` is wide enough.
  static constexpr Index kLargestReach = std::is_same_v<Number, std::int16_t> ? 126 : 30000;
  static constexpr std::uint32_t kLargestId =
      std::is_same_v<Number, std::int16_t> ? 0xFFFF : 0xFFFFFFFF;

  /// Starts on `cells` (ids, 0 = background). The border of a cell is its pixels with a 4-neighbour
  /// inside the image that is not in the cell. Sums d1 + d2 above `reach` px do not matter. Pixels
  /// whose `label` is kIgnored are as if outside the image; an empty label has none.
  void begin(Plane<const std::uint32_t> cells, Plane<const std::uint8_t> label, Index reach);
  /// For each pixel of the next row: the squares, in px^2, of the distances d1 and d2 to the
  /// borders of the nearest and the second nearest cell, [round_up(width, kLanes)]. They are exact
  /// where d1 + d2 <= reach; elsewhere the sum of their roots is above the reach.
  void next(Number* d1, Number* d2);

 private:
  ColumnsOfBlock<Number> columns();
  void leave_out_ignored(Plane<const std::uint32_t> cells, Plane<const std::uint8_t> label);

  Index height_ = 0, width_ = 0;
  Index reach_ = 0;
  Index given_ = 0;               ///< rows returned so far
  Index stride_ = 0;              ///< of the border's rows
  AlignedVector<Number> border_;  ///< [height, stride] the cell of border pixels, 0 elsewhere
  AlignedVector<Number> columns_;
};

}  // namespace unetflow
