// Rim and core of cells, as two classes: how a network tells cells apart that touch. Cores lie far
// from each other, so that a border which is missed for a few pixels does not join two cells; the
// cells grow from their cores (segmentation/segment.hpp). A border class as in Chen et al. 2016
// (DCAN), as wide as the markers of Lux and Matula 2019 are eroded.
//
// Considered and dropped: the distance itself (Scherr et al. 2020). It needs a loss, a range and a
// meaning of its own in each stage; two classes are learned, weighted and averaged like others.
#pragma once

#include <cstdint>

#include "image/view.hpp"

namespace unetflow {

enum CellPart : std::uint8_t { kRim = 1, kCore = 2 };

/// For each pixel the square of the distance, in px, to the nearest one of another value. Ignored
/// pixels of the label are as if outside the image, where nothing is; height^2 + width^2 is larger
/// than any distance.
Picture<std::int64_t> distance_to_others(Plane<const std::uint32_t> values,
                                         Plane<const std::uint8_t> label);

/// Makes the pixels of cells that are at most `rim` px from a pixel outside their cell kRim in the
/// label, and the others kCore; the rest stays. The rim of a small cell is at most half as wide as
/// the cell is deep, so that each has a core. `instances` may be empty: then cells are the label's
/// 4-connected components.
void rim_and_core(Index rim, Plane<std::uint8_t> label, Plane<const std::uint32_t> instances);

}  // namespace unetflow
