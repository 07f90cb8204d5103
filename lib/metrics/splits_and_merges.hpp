// Which annotated cells fell apart in a segmentation, and which grew together.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// A cell and a segment belong together when the segment covers a tenth of the cell or more; cells
/// below 20 px do not count. Masks are [height, width].
struct SplitsAndMerges {
  Picture<std::uint8_t> split;   ///< 1 in cells that two or more segments belong to
  Picture<std::uint8_t> merged;  ///< 1 in segments that two or more cells belong to
  Index splits = 0, merges = 0;  ///< how many cells and segments these are
};

/// Ids from 1, 0 is background; both planes have one size.
SplitsAndMerges splits_and_merges(Plane<const std::uint32_t> cells,
                                  Plane<const std::uint32_t> segments);

}  // namespace unetflow
