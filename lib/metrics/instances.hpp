// How well single cells are found: the SEG score of the Cell Tracking Challenge (Maska et al.
// 2014), which the U-Net paper reports as "IoU" for PhC-U373 and DIC-HeLa.
#pragma once

#include "image/view.hpp"

namespace unetflow {

struct SegScore {
  double sum = 0;  ///< of the reference objects' scores
  std::int64_t objects = 0;

  SegScore& operator+=(const SegScore& other);
  /// The mean; NaN without reference objects.
  double mean() const;
};

/// Reference objects and found segments of one picture, ids from 1 up to the given
/// numbers, 0 = background; same sizes. A segment matches the object of which it covers more than
/// half; the score is then the intersection of the two over their union, and 0 without a match.
SegScore seg_score(Plane<const std::uint32_t> objects, std::uint32_t object_count,
                   Plane<const std::uint32_t> segments, std::uint32_t segment_count);

}  // namespace unetflow
