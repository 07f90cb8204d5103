// Connected components of a mask: cells of a label, segments of a thresholded probability map.
//
// Rows are cut into runs of foreground; runs that touch runs of the row above are united by a
// union-find whose root is always the earliest run; one pass writes the ids. The time is linear in
// the image's size and does not depend on the number of components.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// Scratch memory for one thread; grows on first use and is kept. At most one run per two pixels.
struct ComponentsWorkspace {
  struct Run {
    std::uint32_t begin;   ///< first column
    std::uint32_t end;     ///< one after the last column
    std::uint32_t parent;  ///< an earlier run of its component, or itself; finally its id
  };
  std::vector<Run> runs;               ///< row by row, left to right
  std::vector<std::size_t> row_begin;  ///< [height + 1], each row's first run
};

/// Writes to `ids` (as large as `mask`) 0 where the mask is 0, elsewhere the number of the pixel's
/// component, counted from 1 in the order of the components' first pixels, row by row.
/// `connectivity` is 4 for neighbours that share an edge, or 8 for those that share a corner.
/// Returns the number of components. The image may have up to 2^32 - 1 columns, and as many runs.
std::uint32_t label_components(Plane<const std::uint8_t> mask, int connectivity,
                               Plane<std::uint32_t> ids, ComponentsWorkspace& workspace);
std::uint32_t label_components(Plane<const std::uint8_t> mask, int connectivity,
                               Plane<std::uint32_t> ids);

/// The same for the 4-connected components of each class above 0, one class after the other.
std::uint32_t label_components_of_classes(Plane<const std::uint8_t> classes,
                                          Plane<std::uint32_t> ids);

}  // namespace unetflow
