#include "metrics/comparison.hpp"

#include <algorithm>
#include <numeric>

namespace unetflow {

Json comparison_row(const std::string& name, const Json& metrics_json) {
  Json row = {{"name", name}};
  const Json pooled = metrics_json.value("pooled", Json::object());
  for (const auto& [key, metric] : pooled.items()) row[key] = metric.at("value");
  return row;
}

Json comparison_row(const std::string& name, const std::vector<MetricResult>& metrics) {
  Json row = {{"name", name}};
  for (const auto& result : metrics) row[result.metric->key] = result.value();
  return row;
}

Json spread_rows(const Json& rows) {
  Json mean = {{"name", "mean"}}, lowest = {{"name", "lowest"}}, highest = {{"name", "highest"}};
  for (const auto& [key, first] : rows.at(0).items()) {
    if (!first.is_number()) continue;
    std::vector<double> values;
    for (const auto& row : rows) {
      if (row.value(key, Json()).is_number()) values.push_back(row.at(key).get<double>());
    }
    if (values.size() < rows.size()) continue;
    mean[key] =
        std::accumulate(values.begin(), values.end(), 0.) / static_cast<double>(values.size());
    lowest[key] = *std::min_element(values.begin(), values.end());
    highest[key] = *std::max_element(values.begin(), values.end());
  }
  return {mean, lowest, highest};
}

}  // namespace unetflow
