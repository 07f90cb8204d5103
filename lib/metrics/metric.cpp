#include "metrics/metric.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "metrics/thresholds.hpp"

namespace unetflow {

std::vector<double> thresholds_of(const Metric& metric) {
  if (!metric.last_threshold) return {kFixedThreshold};
  return challenge_thresholds(*metric.last_threshold);
}

double value_of(const Metric& metric, std::span<const double> counts) {
  if (metric.counts_per_class == 0) return metric.value(counts);
  auto values = class_values(metric, counts);
  std::erase_if(values, [](double value) { return std::isnan(value); });
  const std::array sum = {std::accumulate(values.begin(), values.end(), 0.0),
                          static_cast<double>(values.size())};
  return mean_of(sum);
}

std::vector<double> class_values(const Metric& metric, std::span<const double> counts) {
  std::vector<double> values;
  if (metric.counts_per_class == 0) return values;
  for (size_t first = 0; first < counts.size(); first += metric.counts_per_class) {
    values.push_back(metric.value(counts.subspan(first, metric.counts_per_class)));
  }
  return values;
}

std::string formatted(const Metric& metric, double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}", value, metric.digits);
}

Counts score_of_image(double score) {
  if (std::isnan(score)) return {0, 0};
  return {score, 1};
}

double mean_of(std::span<const double> counts) {
  return counts[1] > 0 ? counts[0] / counts[1] : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace unetflow
