// Evaluates a set of images: measures each, and summarises the metrics over all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "metrics/all_metrics.hpp"
#include "metrics/evaluate_config.hpp"
#include "metrics/predicted_picture.hpp"
#include "metrics/summary.hpp"

namespace unetflow {

struct Evaluation {
  struct Image {
    std::string name;
    std::int64_t index = 0;
  };
  std::vector<Image> images;
  std::vector<MetricResult> metrics;  ///< values over all images and of each
  /// Where cells and the probabilities that they were made of were measured: all metrics of each.
  /// `metrics` then has the challenge's of the probabilities, the others of the cells.
  std::vector<MetricResult> segments, probabilities;
  std::size_t unlabelled = 0;        ///< images that were predicted but could not be measured
  std::vector<std::string> remarks;  ///< what the user should know, a line each
  /// {"name", KEY: value, ...} each, this run first; empty without a comparison.
  Json comparison = Json::array();
};

/// Evaluates `count` images by these metrics on `threads` threads. Calls `read(i)` in order, for
/// one image at a time, and `done()` after each image, from any thread. Passes on what `read`
/// throws.
Evaluation evaluate(const Metrics& metrics, const BootstrapConfig& bootstrap, std::size_t count,
                    const std::function<PredictedPicture(std::size_t)>& read, int threads,
                    const std::function<void()>& done);

/// One evaluation from those of cells and of the probabilities that they were made of: of the same
/// images and metrics.
Evaluation joined(Evaluation cells, Evaluation probabilities);

}  // namespace unetflow
