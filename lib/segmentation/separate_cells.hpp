// From cells to a mask in which they are still apart.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// 1 where an id is not 0, but for a line between cells that share an edge: of two neighbouring
/// pixels of different cells, the one on the right or below is 0. So the 4-connected components of
/// the mask are parts of one cell each.
Picture<std::uint8_t> separate_cells(Plane<const std::uint32_t> ids);

}  // namespace unetflow
