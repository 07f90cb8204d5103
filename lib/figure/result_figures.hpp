// Figures of what the network makes of pictures it has not learned from.
#pragma once

#include <string>
#include <vector>

#include "core/config.hpp"
#include "figure/figure.hpp"

namespace unetflow {

struct Result {
  std::string name;
  Picture<float> image;
  Picture<std::uint8_t> label;  ///< empty where there is none
  Picture<float> foreground;    ///< probability, one channel
  double threshold = 0.5;       ///< foreground is what lies above
};

/// Input, label, probability and segmentation of each, a row a picture.
Figure results_figure(const std::vector<Result>& results, int classes);

/// A square part of a picture and the share of its pixels that are wrong at its threshold.
struct Region {
  size_t result = 0;  ///< index of the picture
  Index y = 0, x = 0;
  double error = 0;
};

/// The squares [side, side] that tile the labelled pictures, most wrong first.
std::vector<Region> ranked_regions(const std::vector<Result>& results, Index side);

/// The worst and the best regions, as many of each as a row holds, with their errors in colour.
Figure regions_figure(const std::vector<Result>& results, Index side);

/// Which cells of the label fell apart, and which grew together. A cell and a segment belong
/// together when they share a tenth of the cell; cells below 20 px do not count.
struct SplitsAndMerges {
  Picture<std::uint8_t> split;   ///< 1 in cells that two or more segments belong to
  Picture<std::uint8_t> merged;  ///< 1 in segments that two or more cells belong to
  Index splits = 0, merges = 0;  ///< how many of them
};
SplitsAndMerges splits_and_merges(Plane<const std::uint32_t> cells,
                                  Plane<const std::uint32_t> segments);

/// Splits and merges of labelled pictures, in colour.
Figure splits_figure(const std::vector<Result>& results);

/// metrics.json's "curves", name -> [[threshold, value], ...].
Figure curves_figure(const Json& curves);

}  // namespace unetflow
