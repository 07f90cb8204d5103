// Figures of what the network makes of images that it has not learned from.
#pragma once

#include <string>
#include <vector>

#include "core/config.hpp"
#include "figure/figure.hpp"
#include "figure/result.hpp"
#include "metrics/reliability.hpp"

namespace unetflow {

/// Input, label, probability and segmentation of each image, one row per image.
Figure results_figure(const std::vector<Result>& results, int classes);

/// The worst and the best regions [side, side] of all labelled images, as many of each as a row
/// holds, with their wrong pixels in colour. Regions of nothing but background are not among the
/// best.
Figure regions_figure(const std::vector<Result>& results, Index side);

/// Splits and merges of labelled images, in colour.
Figure splits_figure(const std::vector<Result>& results);

/// What probabilities say against what is, and how many pixels have which.
Figure reliability_figure(const Reliability& reliability);

/// metrics.json's "curves", KEY -> [[threshold, value], ...]. Metrics with equal direction and
/// digits have one panel; KEYs that are not metrics are left out.
Figure curves_figure(const Json& curves);

}  // namespace unetflow
