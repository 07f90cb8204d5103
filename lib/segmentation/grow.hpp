// Growth of cells over the foreground around them.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// Lets cells grow, step by step to the 4-neighbour of greatest probability, over the pixels whose
/// probability exceeds `least`: a watershed of the probability from the cells as markers. Of equal
/// probabilities, in 256 levels, the pixel that was reached first comes first. No cell grows over
/// another or over what is not above `least`.
void grow_over_foreground(Plane<std::uint32_t> ids, Plane<const float> probability, double least);

}  // namespace unetflow
