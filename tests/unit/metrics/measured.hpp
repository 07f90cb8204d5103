// Images for the tests of metrics, and what single metrics make of them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "metrics/evaluate.hpp"
#include "metrics/measure.hpp"
#include "pictures.hpp"

namespace unetflow {

inline PredictedPicture picture_of(const std::vector<std::string>& label,
                                   const std::vector<std::string>& prediction,
                                   std::int64_t index = 0) {
  PredictedPicture picture;
  picture.name = std::to_string(index);
  picture.index = index;
  picture.label = mask_of(label);
  picture.foreground = probability_of(prediction);
  return picture;
}

/// What a metric counts in a picture at one of its thresholds.
inline Counts counts_at(const std::string& key, const PredictedPicture& picture,
                        double threshold = 0.5) {
  const Metric& metric = metric_named(key);
  const auto thresholds = thresholds_of(metric);
  const auto k = std::find(thresholds.begin(), thresholds.end(), threshold) - thresholds.begin();
  return measure_picture({&metric}, picture).counts.at(0).at(static_cast<size_t>(k));
}

/// Its value for one picture by itself.
inline double value_at(const std::string& key, const PredictedPicture& picture,
                       double threshold = 0.5) {
  return value_of(metric_named(key), counts_at(key, picture, threshold));
}

/// Two cells of 2 x 2 px, and the same with a bridge of 1 px between them.
inline const std::vector<std::string> kCells = {".....", "##.##", "##.##", "....."};
inline const std::vector<std::string> kMerged = {".....", "#####", "##.##", "....."};

/// One picture whose cells are found as they are, one whose cells are merged.
inline std::vector<PredictedPicture> two_pictures() {
  return {picture_of(kCells, kCells, 4), picture_of(kCells, kMerged, 7)};
}

inline Evaluation evaluated(const std::vector<PredictedPicture>& pictures,
                            const EvaluateConfig& config = {}, int threads = 1) {
  return evaluate(
      metrics_asked_for(config), config.bootstrap, pictures.size(),
      [&](size_t i) { return pictures[i]; }, threads, [] {});
}

inline const MetricResult* find_result(const Evaluation& evaluation, const std::string& key) {
  for (const auto& result : evaluation.metrics) {
    if (result.metric->key == key) return &result;
  }
  return nullptr;
}

}  // namespace unetflow
