// What the shapes of labelled cells say of how the label is meant.
#pragma once

#include <cstdint>

#include "image/view.hpp"

namespace unetflow {

struct CellShapes {
  Index cells = 0;
  Index pieces = 0;  ///< 8-connected, of all cells
  Index hollow = 0;  ///< cells around holes that are larger than they are, as outlines are
};

/// Of ids, 0 where there is no cell. A hole is background that only one cell surrounds.
CellShapes shapes_of(Plane<const std::uint32_t> ids);

}  // namespace unetflow
