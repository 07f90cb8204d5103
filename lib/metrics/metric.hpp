// What a metric is: all that the rest of the program must know of it.
//
// Each metric is one file that defines one `Metric`, and one line in all_metrics.cpp. What is
// measured, the tables, the CSV files, metrics.json, comparisons and the report read that list.
//
// Each image is measured on its own, in counts that add up over images. Values over all images and
// over a bootstrap's resamples are computed from sums of counts, so they do not depend on threads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/view.hpp"
#include "metrics/contingency.hpp"
#include "metrics/pixel_counts.hpp"

namespace unetflow {

struct EvaluateConfig;

/// One image and the cells that were found in it, at one threshold or as they were given: what
/// metrics measure, with what several of them need computed once. All planes are [height, width].
/// Where nothing is annotated (kIgnored), truth and prediction are background, and no pixel counts.
struct ImageAtThreshold {
  Plane<const std::uint8_t> truth;       ///< 1 is foreground, 0 background
  Plane<const std::uint8_t> mask;        ///< 1 where foreground was found
  Plane<const std::uint8_t> ignored;     ///< 1 where nothing is annotated; empty: nowhere
  PixelCounts pixels;                    ///< of the mask against the truth
  const ContingencyTable& cells;         ///< annotated cells against those found
  const ContingencyTable& thinned;       ///< the same after border thinning of those found
  std::span<const PixelCounts> classes;  ///< 1, 2, ... as found; with two classes: `pixels`

  /// For the topology of masks, with lines between cells that touch: the truth, and the probability
  /// of foreground, or 1 in cells that were given.
  Plane<const std::uint8_t> separate_truth;
  Plane<const float> separate_foreground;
  double threshold = 0;  ///< of separate_foreground

  std::int64_t annotated() const { return static_cast<std::int64_t>(pixels.total()); }
};

/// What a metric counts in one image at one threshold, or the sum of this over images.
using Counts = std::vector<double>;

struct Metric {
  const char* key = "";          ///< in metrics.json, CSV files and comparisons
  const char* name = "";         ///< for people
  const char* description = "";  ///< one line
  int digits = 4;                ///< shown after the decimal point
  bool larger_is_better = false;
  bool headline = false;       ///< is shown at the top of the report
  const char* published = "";  ///< its value in table 1 of the U-Net paper; "" where there is none
  /// It is computed at the thresholds of challenge_thresholds(last_threshold), and the best of them
  /// is reported. None: it is computed at 0.5 only.
  std::optional<double> last_threshold = {};
  /// The ISBI 2012 challenge defines it on probabilities, at their best threshold; otherwise, where
  /// cells were made of the probabilities, it is of these.
  bool of_probabilities = false;
  /// The key of the configuration that asks for it; none: it is always computed.
  bool EvaluateConfig::*asked_for = nullptr;
  /// Names of its first counts, which are whole numbers and are written beside its value.
  std::vector<const char*> count_names = {};
  /// Where not 0, counts are of the classes 1, 2, ... one after the other, this many of each, and
  /// the metric's value is the mean of the classes' values.
  std::size_t counts_per_class = 0;

  Counts (*measure)(const ImageAtThreshold& image) = nullptr;
  /// From counts that were summed over images; NaN where the metric is not defined, 0 / 0. An image
  /// whose own value is NaN counts as left out.
  double (*value)(std::span<const double> counts) = nullptr;
};

/// The thresholds that the metric is computed at.
std::vector<double> thresholds_of(const Metric& metric);

/// The metric's value of these counts, over the classes for which it is defined, and that of each
/// class; the latter is empty for metrics that do not count by class.
double value_of(const Metric& metric, std::span<const double> counts);
std::vector<double> class_values(const Metric& metric, std::span<const double> counts);

/// A value with the metric's digits, "-" for NaN.
std::string formatted(const Metric& metric, double value);

/// For metrics that are the mean of the images' scores: the counts of an image whose score this is,
/// which are 0 if it is NaN; and as `Metric::value` counts[0] / counts[1], a sum and how many it is
/// of, NaN of none.
Counts score_of_image(double score);
double mean_of(std::span<const double> counts);

}  // namespace unetflow
