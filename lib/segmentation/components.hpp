// Connected components of a mask: cells of a label, segments of a thresholded probability map.
//
// Linear time: rows are cut into runs of foreground, runs that touch runs of the row above are
// united (union-find whose root is always the earliest run), and one pass writes the ids. The
// picture's size matters, the number of components does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// Scratch memory for one thread; grows on first use and then stays. At most half a run a pixel.
struct ComponentsWorkspace {
  struct Run {
    std::uint32_t begin;   ///< first column
    std::uint32_t end;     ///< behind the last column
    std::uint32_t parent;  ///< an earlier run of its component, or itself; finally its id
  };
  std::vector<Run> runs;               ///< row by row, left to right
  std::vector<std::size_t> row_begin;  ///< [height + 1], each row's first run
};

/// Writes to `ids` (as large as `mask`) 0 where the mask is 0, elsewhere the number of the pixel's
/// component, counted from 1 in the order of the components' first pixels, row by row. Neighbours
/// are the 4 that share an edge or the 8 that share a corner: `connectivity` is 4 or 8. Returns the
/// number of components. Pictures of up to 2^32 - 1 columns and as many runs.
std::uint32_t label_components(Plane<const std::uint8_t> mask, int connectivity,
                               Plane<std::uint32_t> ids, ComponentsWorkspace& workspace);
std::uint32_t label_components(Plane<const std::uint8_t> mask, int connectivity,
                               Plane<std::uint32_t> ids);

}  // namespace unetflow
