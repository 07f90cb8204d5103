// Figures of what the network makes of images that it has not learned from.
#pragma once

#include <string>
#include <vector>

#include "core/config.hpp"
#include "figure/figure.hpp"

namespace unetflow {

/// All [height, width] but the image, which has channels too.
struct Result {
  std::string name;
  Picture<float> image;
  Picture<std::uint8_t> label;       ///< empty where there is none
  Picture<std::uint32_t> instances;  ///< cells as annotated; empty: the label's 4-components
  Picture<float> foreground;         ///< probability
  double threshold = 0.5;            ///< what is above it is foreground
  Picture<std::uint32_t> segments;   ///< as delivered; empty: 4-components above the threshold
  bool objects = false;              ///< foreground is what the segments cover, whatever threshold
};

/// Input, label, probability and segmentation of each image, one row per image.
Figure results_figure(const std::vector<Result>& results, int classes);

/// The worst and the best regions [side, side] of all labelled images, as many of each as a row
/// holds, with their wrong pixels in colour. Regions of nothing but background are not among the
/// best.
Figure regions_figure(const std::vector<Result>& results, Index side);

/// Splits and merges of labelled images, in colour.
Figure splits_figure(const std::vector<Result>& results);

/// metrics.json's "curves", KEY -> [[threshold, value], ...]. Metrics with equal direction and
/// digits have one panel; KEYs that are not metrics are left out.
Figure curves_figure(const Json& curves);

}  // namespace unetflow
