// Border thinning of a segmentation: the segments grow over the border between them until only
// lines of one pixel are left. The ISBI 2012 challenge has done so since 2016 before it compares.
//
// It is the flooding of Vincent and Soille, "Watersheds in digital spaces", 1991, with two levels:
// the segments are the basins, and the border is flooded first in, first out. The challenge's
// results depend on the order: columns from left to right, each from top to bottom; neighbours
// left, up, right, down. Another watershed gives other lines, and a V_rand that differs by 3e-4 to
// 3e-3.
#pragma once

#include <cstdint>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// Scratch memory for one thread; grows on first use and is kept.
struct ThinningWorkspace {
  std::vector<std::uint32_t> labels;  ///< the image column by column, with a frame of one pixel
};

/// Floods `segments` in place: ids from 1 of 4-connected components, 0 = border. A border pixel
/// takes the id of the segment that reaches it, and stays 0 where a second one meets it. If there
/// is no segment, the whole image becomes segment 1.
void thin_borders(Plane<std::uint32_t> segments, ThinningWorkspace& workspace);

/// Lets thinned segments grow over the lines as well, so that they touch: each line pixel takes the
/// id of a neighbouring segment, in the same order as above.
void grow_over_lines(Plane<std::uint32_t> segments, ThinningWorkspace& workspace);

}  // namespace unetflow
