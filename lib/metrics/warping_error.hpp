// The warping error: how many pixels still differ after the truth has been deformed towards the
// prediction by pixel flips that preserve topology. Jain et al., "Boundary learning by optimization
// with topological constraints", CVPR 2010, as the ISBI 2012 challenge computes it. Foreground is
// 4-connected, background 8-connected, and outside the image is background.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "image/view.hpp"
#include "segmentation/components.hpp"

namespace unetflow {

/// Whether a pixel is *simple*, which is to say that flipping it preserves topology, by its 8
/// neighbours: bit k is set where neighbour k is foreground, counted clockwise from the one above.
/// A pixel is simple if its neighbours have exactly one 4-connected foreground component that
/// shares an edge with it and exactly one 8-connected background component. 116 of the 256 patterns
/// are.
extern const std::array<bool, 256> kSimplePoint;

/// Pixels that still differ after warping, by what flipping them would do.
struct WarpingCounts {
  std::int64_t splits = 0, merges = 0;
  std::int64_t hole_additions = 0, hole_deletions = 0;
  std::int64_t object_additions = 0, object_deletions = 0;

  bool operator==(const WarpingCounts& other) const = default;
};

/// Scratch memory for one thread; grows on first use and then stays.
struct WarpingWorkspace {
  std::vector<std::uint8_t> mask;  ///< the warped truth, column by column, in a frame of one pixel
  std::vector<std::uint32_t> components;  ///< of the warped truth
  std::vector<std::uint64_t> mismatches, sorting;
  ComponentsWorkspace runs;
};

/// Warps the truth (0 or 1) towards probability > threshold and classifies what is left. Each sweep
/// visits the pixels that differ, sorted by |probability - threshold| in float32, descending, equal
/// ones column by column. It flips those that are simple at that moment. Sweeps end when one flips
/// none. The challenge's error counts splits and merges. Fewer than 2^32 pixels, frame included.
WarpingCounts warp(Plane<const std::uint8_t> truth, Plane<const float> probability,
                   double threshold, WarpingWorkspace& workspace);

}  // namespace unetflow
