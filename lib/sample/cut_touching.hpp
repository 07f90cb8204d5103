// The gap between cells that touch, from which the network learns to separate them. Ronneberger et
// al. 2015, section 3.1.
#pragma once

#include <cstdint>

#include "image/view.hpp"

namespace unetflow {

/// Cells that the gap costs much.
struct CutCells {
  Index vanished = 0;  ///< all of their pixels
  Index halved = 0;    ///< more than half of them, but not all
};

/// Makes pixels of a cell that have another cell among their 8 neighbours background, in `label`
/// (unless they are ignored) and in `instances` of the same size.
CutCells cut_touching(Plane<std::uint8_t> label, Plane<std::uint32_t> instances);

}  // namespace unetflow
