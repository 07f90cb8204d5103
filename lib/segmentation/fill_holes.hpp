// Holes in cells.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// Gives the pixels of each hole of at most `largest` px the id of the cell around it. A hole is an
/// 8-connected part of the background that touches one cell only and not the image's edge.
void fill_holes(Plane<std::uint32_t> ids, Index largest);

/// How many px of the background are in holes.
Index count_holes(Plane<const std::uint32_t> ids);

}  // namespace unetflow
