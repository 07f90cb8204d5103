// Everything that is measured of a set of pictures: the metrics of the ISBI 2012 challenge at all
// thresholds, per picture and over all pictures, with confidence intervals, and IoU, Dice and SEG.
//
// Each picture is measured on its own, in sums that add up over pictures; what is said of all of
// them, or of a bootstrap's resample, is computed from these. So nothing depends on threads.
#pragma once

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "metrics/bootstrap.hpp"
#include "metrics/instances.hpp"
#include "metrics/pixel_error.hpp"
#include "metrics/rand_error.hpp"
#include "metrics/warping_error.hpp"

namespace unetflow {

struct EvaluateConfig {
  static constexpr const char* kSchema = "evaluate";
  std::vector<std::string> subsets = {"validation", "holdout"};
  bool warping = true;    ///< the warping error takes most of the time
  bool baseline = false;  ///< compare with the picture's gray values taken as probabilities
  BootstrapConfig bootstrap;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EvaluateConfig, subsets, warping, baseline, bootstrap)

/// A labelled picture and what was predicted for it, all [height, width].
struct PredictedPicture {
  std::string name;
  std::int64_t index = 0;
  Picture<std::uint8_t> label;       ///< class of each pixel; 0 is background
  Picture<std::uint32_t> instances;  ///< cell of each pixel; empty: the label's 4-components
  Picture<float> foreground;         ///< probability of all classes but background
  int class_count = 2;
  Picture<std::uint8_t> classes;  ///< the most probable class; empty with two classes
};

struct ThresholdMeasures {
  PixelCounts pixels;
  RandSums rand;
  double v_rand = 0, v_info = 0;  ///< after thinning
  SegScore seg;                   ///< of the 4-components above the threshold
  WarpingCounts warping;          ///< thresholds up to 0.9 only
};

struct PictureMeasures {
  std::string name;
  std::int64_t index = 0;
  std::vector<ThresholdMeasures> at;  ///< of challenge_thresholds(1)
  PixelCounts at_half;                ///< foreground above 0.5
  std::vector<PixelCounts> classes;   ///< of classes 1, 2, ...; with two, the same
};

PictureMeasures measure_picture(const PredictedPicture& picture, bool warping);

/// Measures `count` pictures on `threads` threads; `read(i)` is called in order, for one picture at
/// a time, and `done()` after each, from any thread.
std::vector<PictureMeasures> measure_pictures(std::size_t count,
                                              const std::function<PredictedPicture(size_t)>& read,
                                              bool warping, int threads,
                                              const std::function<void()>& done);

struct MetricResult {
  std::string key;  ///< as in metrics.json
  std::string name;
  double value = 0;                               ///< over all pictures, at the best threshold
  std::optional<double> threshold;                ///< the best; none where the metric has no choice
  std::optional<std::array<double, 2>> interval;  ///< with two pictures or more
  std::vector<double> curve;     ///< over challenge_thresholds; empty without a choice
  std::vector<double> pictures;  ///< each by itself, at the same threshold
};

/// The metrics over all pictures; those that do not apply are left out.
std::vector<MetricResult> summarise(const EvaluateConfig& config,
                                    const std::vector<PictureMeasures>& pictures);

/// One metric, named by its key, of one picture by itself at threshold number `k`; NaN where the
/// metric has no such threshold.
double picture_value(const std::string& key, const PictureMeasures& picture, size_t k);

/// Sums over all pictures; of the classes 1, 2, ... for the latter.
WarpingCounts warping_counts(const std::vector<PictureMeasures>& pictures, size_t k);
std::vector<PixelCounts> class_counts(const std::vector<PictureMeasures>& pictures);

}  // namespace unetflow
