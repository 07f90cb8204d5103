// The Rand index of two segmentations, restricted to the foreground of the truth, as the ISBI 2012
// challenge counts it. Each pixel that the segmentation calls border is a segment of its own.
#pragma once

#include "metrics/contingency.hpp"

namespace unetflow {

/// Ordered pairs of pixels, a pixel with itself included, that are in one segment: of the truth, of
/// the segmentation, of both. Doubles are exact up to 2^53.
struct RandSums {
  double truth = 0, segmentation = 0, both = 0;

  /// F-score of pairs: precision is 1 without false pairs, recall 1 without missed ones.
  double f_score() const;
  /// The Rand score of one image, 2 * both / (truth + segmentation); NaN where the truth has no
  /// foreground.
  double score() const;
};

RandSums rand_sums(const ContingencyTable& table);

}  // namespace unetflow
