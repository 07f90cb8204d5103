// Contingency table of two segmentations of one picture: how many pixels each pair of a true and a
// found segment shares.
#pragma once

#include <cstdint>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

struct Overlap {
  std::uint32_t truth = 0;
  std::uint32_t segment = 0;
  std::int64_t pixels = 0;
};

/// Over the pixels where the truth is not 0; pixels where the segmentation is 0 belong to none.
struct ContingencyTable {
  std::vector<Overlap> overlaps;           ///< of segments from 1, by segment and then truth
  std::vector<std::int64_t> truth_area;    ///< pixels of true segment i; [0] is 0
  std::vector<std::int64_t> segment_area;  ///< pixels of segment j inside the truth; [0]: of none
  std::int64_t pixels = 0;                 ///< of the truth altogether
};

/// Ids from 0 to the given counts; same sizes.
ContingencyTable contingency_table(Plane<const std::uint32_t> truth, Index truths,
                                   Plane<const std::uint32_t> segments, Index segment_count);

}  // namespace unetflow
