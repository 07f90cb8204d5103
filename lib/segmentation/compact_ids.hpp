// Consecutive numbers for cells.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// Renumbers the ids of a label 1, 2, ... in ascending order; 0 stays. Returns how many there are.
std::uint32_t compact_ids(Plane<std::uint32_t> ids);

}  // namespace unetflow
