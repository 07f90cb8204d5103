// Where in an image a mask is wrong, square by square.
#pragma once

#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// A square part of an image, and the fraction of its pixels that are wrong.
struct RegionError {
  Index y = 0, x = 0;  ///< px; its first pixel
  double error = 0;
};

/// The whole squares [side, side] that tile the image, row by row. A pixel is wrong where one of
/// label (any class above 0) and mask is foreground and the other is not.
std::vector<RegionError> region_errors(Plane<const std::uint8_t> label,
                                       Plane<const std::uint8_t> mask, Index side);

}  // namespace unetflow
