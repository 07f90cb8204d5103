// SEG, the score of the Cell Tracking Challenge (Maska et al. 2014): how well single cells are
// found. The U-Net paper reports it as "IoU" for PhC-U373 and DIC-HeLa.
#pragma once

#include "metrics/contingency.hpp"

namespace unetflow {

struct SegScore {
  double sum = 0;      ///< of the annotated cells' scores
  double objects = 0;  ///< how many annotated cells there are
};

/// Annotated cells and found segments of one image. A segment matches the cell of which it covers
/// more than half; the cell's score is then the intersection of the two over their union, and 0
/// without a match.
SegScore seg_score(const ContingencyTable& cells);

}  // namespace unetflow
