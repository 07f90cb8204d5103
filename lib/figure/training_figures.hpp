// Figures of the training and of what it learned.
#pragma once

#include <string>
#include <vector>

#include "artifact/training_log.hpp"
#include "figure/figure.hpp"

namespace unetflow {

/// Mean of each value and up to `window - 1` before it.
TrainingLog::Series running_mean(const TrainingLog::Series& series, size_t window);

Figure training_figure(const TrainingLog& log);

/// The loss by update as text of this many columns and lines, for a terminal.
std::string training_in_terminal(const TrainingLog& log, int columns, int lines);

/// First-layer weights [filters, channels, height, width], first channel.
Figure filters_figure(const std::vector<float>& weights, Index filters, Index channels,
                      Index height, Index width);

}  // namespace unetflow
