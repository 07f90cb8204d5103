// Figures of the training and of what it learned.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "figure/figure.hpp"

namespace unetflow {

/// metrics.jsonl of a model, as series.
struct TrainingLog {
  using Series = std::vector<std::array<double, 2>>;
  Series loss, learning_rate;                ///< by step
  Series mean_loss;                          ///< by epoch
  std::map<std::string, Series> validation;  ///< by epoch; each figure that was measured
};

/// Throws InputError naming the line that is no JSON object.
TrainingLog read_training_log(const std::filesystem::path& file);

/// Mean of each value and up to `window - 1` before it.
TrainingLog::Series running_mean(const TrainingLog::Series& series, size_t window);

Figure training_figure(const TrainingLog& log);

/// First-layer weights [filters, channels, height, width], first channel.
Figure filters_figure(const std::vector<float>& weights, Index filters, Index channels,
                      Index height, Index width);

}  // namespace unetflow
