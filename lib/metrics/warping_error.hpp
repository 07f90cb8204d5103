// The warping error: how many pixels of two masks differ for good, when all differences are mended
// that change no topology. Jain et al., "Boundary learning by optimization with topological
// constraints", CVPR 2010, as the ISBI 2012 challenge computes it. Foreground is 4-connected,
// background 8-connected, and outside the picture is background.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "image/view.hpp"
#include "segmentation/components.hpp"

namespace unetflow {

/// Whether a pixel can change sides without a change of topology, by its 8 neighbours: bit k is set
/// where neighbour k is foreground, counted clockwise from the one above. Simple is who has exactly
/// one 4-connected foreground component among them that touches it by an edge, and exactly one
/// 8-connected background component: 116 of the 256.
extern const std::array<bool, 256> kSimplePoint;

/// Pixels that still differ after warping, by what would happen if they changed sides.
struct WarpingCounts {
  std::int64_t splits = 0, merges = 0;
  std::int64_t hole_additions = 0, hole_deletions = 0;
  std::int64_t object_additions = 0, object_deletions = 0;

  WarpingCounts& operator+=(const WarpingCounts& other);
  bool operator==(const WarpingCounts& other) const = default;
};

/// Scratch memory for one thread; grows on first use and then stays.
struct WarpingWorkspace {
  std::vector<std::uint8_t> mask;  ///< the warped truth in columns, with a frame of one pixel
  std::vector<std::uint32_t> components;  ///< of the warped truth
  std::vector<std::uint64_t> mismatches, sorting;
  ComponentsWorkspace runs;
};

/// Warps the truth (0 or 1) towards probability > threshold and classifies what is left. Each sweep
/// visits the pixels that differ by |probability - threshold| in float32, descending, ties column
/// by column, and flips those that are simple at that moment, until a sweep flips none. The
/// challenge's error counts splits and merges. Fewer than 2^32 pixels, the frame included.
WarpingCounts warp(Plane<const std::uint8_t> truth, Plane<const float> probability,
                   double threshold, WarpingWorkspace& workspace);

}  // namespace unetflow
