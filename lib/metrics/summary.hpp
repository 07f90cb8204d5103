// What the metrics say of all images together: values, best thresholds, confidence intervals.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "metrics/bootstrap.hpp"
#include "metrics/measure.hpp"

namespace unetflow {

struct MetricResult {
  const Metric* metric = nullptr;
  std::vector<double> thresholds;                 ///< that it was computed at; of cells empty
  size_t best = 0;                                ///< which of them is the best; of cells 0
  std::vector<Counts> counts;                     ///< sum over all images, at each threshold
  std::vector<double> curve;                      ///< value over all images, at each threshold
  std::vector<std::vector<double>> images;        ///< [image][threshold]: value of each by itself
  std::vector<std::vector<Counts>> image_counts;  ///< [image][threshold]
  std::optional<std::array<double, 2>> interval;  ///< with two images or more

  double value() const { return curve[best]; }
  /// The best threshold; none where the metric has no choice or no value, or cells were measured.
  std::optional<double> threshold() const;
  /// How many images have no value at threshold number k, and at the best.
  size_t left_out(size_t k) const;
  size_t left_out() const { return left_out(best); }
};

/// The metrics over all images, all of probabilities or all of cells. An image for which a metric
/// is not defined (0 / 0) is left out of its mean and counted; NaN is the value of none. `metrics`
/// are those that the images were measured by. No intervals when `config` has no resamples.
///
/// A threshold is better than another if fewer images are left out at it, otherwise if its value is
/// better; the first of the best is taken. Each of a bootstrap's resamples takes its own best.
std::vector<MetricResult> summarise(const BootstrapConfig& config, const Metrics& metrics,
                                    const std::vector<PictureMeasures>& images);

}  // namespace unetflow
