// Distances within a mask.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// For each pixel, the steps along rows and columns to the nearest one where the mask is 0, so 0
/// there; height + width where there is none. Beyond the image's edge nothing is 0.
Picture<std::int32_t> distance_to_zero(Plane<const std::uint8_t> mask);

}  // namespace unetflow
