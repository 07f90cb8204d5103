// Where in an image a mask is wrong, square by square.
#pragma once

#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// A square part of an image, and the fraction of its annotated pixels that are wrong.
struct RegionError {
  Index y = 0, x = 0;  ///< px; its first pixel
  double error = 0;
  bool foreground = false;  ///< whether there is any, in label or mask
};

/// The whole squares [side, side] that tile the image, row by row, but those in which nothing is
/// annotated. A pixel is wrong where one of
/// label (any class above 0) and mask is foreground and the other is not.
std::vector<RegionError> region_errors(Plane<const std::uint8_t> label,
                                       Plane<const std::uint8_t> mask, Index side);

}  // namespace unetflow
