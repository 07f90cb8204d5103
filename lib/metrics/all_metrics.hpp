// The one list of metrics.
#pragma once

#include <string_view>
#include <vector>

#include "metrics/evaluate_config.hpp"
#include "metrics/metric.hpp"

namespace unetflow {

using Metrics = std::vector<const Metric*>;

/// All metrics, in the order of tables and columns.
const std::vector<Metric>& all_metrics();

/// Those that the configuration asks for.
Metrics metrics_asked_for(const EvaluateConfig& config);

/// The metric of this key. Throws Error when there is none.
const Metric& metric_named(std::string_view key);

}  // namespace unetflow
