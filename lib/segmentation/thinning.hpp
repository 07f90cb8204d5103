// Border thinning of a segmentation: the segments grow over the border between them until only
// lines of one pixel are left, as the ISBI 2012 challenge does since 2016 before it compares.
//
// It is the flooding of Vincent and Soille, "Watersheds in digital spaces", 1991, with two levels:
// the segments are the basins, and the border is flooded first in, first out. The challenge's
// results hang on the order: columns from left to right, in each from top to bottom; neighbours
// left, up, right, down. Another watershed gives other lines, and V_rand 3e-4 to 3e-3 away.
#pragma once

#include <cstdint>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// Scratch memory for one thread; grows on first use and then stays.
struct ThinningWorkspace {
  std::vector<std::uint32_t> labels;  ///< the picture in columns, with a frame of one pixel
  std::vector<std::int64_t> queue;
};

/// Floods `segments`, ids from 1 of 4-connected components with 0 = border, in place: a border
/// pixel takes the id of the segment that reaches it, and stays 0 where a second one meets it.
/// Without any segment the whole picture becomes segment 1.
void thin_borders(Plane<std::uint32_t> segments, ThinningWorkspace& workspace);

/// Grows thinned segments over the lines as well, so that cells touch: each line pixel takes the id
/// of a neighbouring segment, in the same order as above.
void close_lines(Plane<std::uint32_t> segments, ThinningWorkspace& workspace);

}  // namespace unetflow
