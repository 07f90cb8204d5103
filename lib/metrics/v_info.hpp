// V_info, the challenge's second measure since 2016 (Arganda-Carreras et al. 2015): the information
// that two segmentations share, restricted to the foreground of the truth.
#pragma once

#include "metrics/contingency.hpp"

namespace unetflow {

/// The information score of one image: the harmonic mean of I / H(truth) and I / H(segmentation),
/// where each border pixel of the segmentation is a segment of its own. 0 where the segmentation's
/// entropy is 0, NaN where that of the truth is: without foreground, or in a single cell, there is
/// no information to share.
double information_score(const ContingencyTable& table);

}  // namespace unetflow
