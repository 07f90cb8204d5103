// How well each annotated cell was found.
#pragma once

#include <cstdint>
#include <vector>

#include "image/box.hpp"
#include "image/view.hpp"

namespace unetflow {

struct MatchedCell {
  std::uint32_t cell = 0;     ///< id in the annotation
  std::uint32_t segment = 0;  ///< the one that it has the largest IoU with; 0: none touches it
  std::int64_t area = 0, segment_area = 0;  ///< px
  double iou = 0;                           ///< intersection over union of the two
  Box box;                                  ///< of the cell
};

/// The annotated cells of `least_area` px or more, the worst first: by IoU, of equal ones the
/// largest, then by id. Ids from 1, 0 is background; both planes have one size.
std::vector<MatchedCell> matched_cells(Plane<const std::uint32_t> cells,
                                       Plane<const std::uint32_t> segments,
                                       std::int64_t least_area);

}  // namespace unetflow
