// From a probability map to a mask.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// mask(y, x) = double(probability(y, x)) > threshold; same sizes.
void above_threshold(Plane<const float> probability, double threshold, Plane<std::uint8_t> mask);

}  // namespace unetflow
