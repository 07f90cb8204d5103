// Contingency table of two segmentations of one image: how many pixels each pair of a true and a
// found segment has in common.
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

/// Areas in px. Pixels where the segmentation is 0 belong to no segment; only `whole_segment_area`
/// counts pixels where the truth is 0.
struct ContingencyTable {
  std::vector<Overlap> overlaps;           ///< of segments from 1, sorted by segment, then by truth
  std::vector<std::int64_t> truth_area;    ///< of true segment i; [0] is 0
  std::vector<std::int64_t> segment_area;  ///< of segment j inside the truth; [0]: of no segment
  std::vector<std::int64_t> whole_segment_area;  ///< of segment j, inside the truth and outside
  std::int64_t pixels = 0;                       ///< of the truth
};

/// Ids run from 0 to the given counts; all planes have one size. Where `ignored` is not 0 (empty:
/// nowhere), segments count as 0.
ContingencyTable contingency_table(Plane<const std::uint32_t> truth, Index truths,
                                   Plane<const std::uint32_t> segments, Index segment_count,
                                   Plane<const std::uint8_t> ignored = {});
/// The same of ids up to the largest in each.
ContingencyTable contingency_table(Plane<const std::uint32_t> truth,
                                   Plane<const std::uint32_t> segments);

}  // namespace unetflow
