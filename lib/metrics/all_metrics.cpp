#include "metrics/all_metrics.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

// One line for each metric: the function that its file defines, in the order of tables and columns.
#define UNETFLOW_METRICS(METRIC) \
  METRIC(v_rand)                 \
  METRIC(v_info)                 \
  METRIC(rand_error)             \
  METRIC(pixel_error)            \
  METRIC(pixel_disagreement)     \
  METRIC(warping_error)          \
  METRIC(seg)                    \
  METRIC(average_precision)      \
  METRIC(iou)                    \
  METRIC(dice)                   \
  METRIC(hausdorff95)

namespace unetflow {

namespace metric {
#define DECLARED(name) Metric name();
UNETFLOW_METRICS(DECLARED)
#undef DECLARED
}  // namespace metric

const std::vector<Metric>& all_metrics() {
#define CALLED(name) metric::name(),
  static const std::vector<Metric> metrics = {UNETFLOW_METRICS(CALLED)};
#undef CALLED
  return metrics;
}

Metrics metrics_asked_for(const EvaluateConfig& config) {
  Metrics metrics;
  for (const auto& metric : all_metrics()) {
    if (metric.asked_for == nullptr || config.*metric.asked_for) metrics.push_back(&metric);
  }
  return metrics;
}

const Metric& metric_named(std::string_view key) {
  for (const auto& metric : all_metrics()) {
    if (metric.key == key) return metric;
  }
  throw Error(fmt::format("\"{}\" is not a metric", key));
}

}  // namespace unetflow
