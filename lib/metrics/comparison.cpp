#include "metrics/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/error.hpp"

namespace unetflow {

std::vector<NamedEvaluation> read_named_evaluations(const std::string& option,
                                                    const std::vector<std::string>& given) {
  std::vector<NamedEvaluation> evaluations;
  for (const auto& text : given) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw InputError(option + " " + text, "expected NAME=MANIFEST");
    }
    evaluations.push_back(
        {text.substr(0, equals), read_manifest(text.substr(equals + 1), "evaluation")});
  }
  return evaluations;
}

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

namespace {

/// The values of each KEY that all rows have.
std::map<std::string, std::vector<double>> shared_values(const Json& rows) {
  std::map<std::string, std::vector<double>> shared;
  for (const auto& [key, first] : rows.at(0).items()) {
    std::vector<double> values;
    for (const auto& row : rows) {
      if (row.value(key, Json()).is_number()) values.push_back(row.at(key).get<double>());
    }
    if (values.size() == rows.size()) shared.emplace(key, std::move(values));
  }
  return shared;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.) / static_cast<double>(values.size());
}

}  // namespace

Json spread_rows(const Json& rows) {
  Json mean = {{"name", "mean"}}, lowest = {{"name", "lowest"}}, highest = {{"name", "highest"}};
  for (const auto& [key, values] : shared_values(rows)) {
    mean[key] = mean_of(values);
    lowest[key] = *std::min_element(values.begin(), values.end());
    highest[key] = *std::max_element(values.begin(), values.end());
  }
  return {mean, lowest, highest};
}

Json deviation_row(const Json& rows) {
  Json row = {{"name", "standard deviation"}};
  for (const auto& [key, values] : shared_values(rows)) {
    const double mean = mean_of(values);
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    row[key] = std::sqrt(squares / static_cast<double>(values.size() - 1));
  }
  return row;
}

}  // namespace unetflow
