#include "metrics/evaluation_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/csv.hpp"
#include "core/printable.hpp"
#include "metrics/thresholds.hpp"

namespace unetflow {
namespace {

std::string csv_number(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

std::int64_t whole(double count) { return static_cast<std::int64_t>(count); }

std::string csv_header(const Evaluation& evaluation) {
  std::string line = "threshold";
  for (const auto& result : evaluation.metrics) line += fmt::format(",{}", result.metric->key);
  for (const auto& result : evaluation.metrics) {
    for (const char* name : result.metric->count_names) line += fmt::format(",{}", name);
  }
  return line + "\n";
}

/// The value at threshold number k of `values`; that of a metric without a choice is in every
/// row.
std::string csv_value(const MetricResult& result, const std::vector<double>& values, size_t k) {
  if (!result.metric->last_threshold) k = 0;
  return fmt::format(",{}", k < values.size() ? csv_number(values[k]) : std::string());
}

/// The named counts; `counts(result)` are those at each threshold.
template <class CountsOf>
std::string csv_counts(const Evaluation& evaluation, size_t k, CountsOf counts) {
  std::string cells;
  for (const auto& result : evaluation.metrics) {
    for (size_t c = 0; c < result.metric->count_names.size(); ++c) {
      cells += ",";
      if (k < result.thresholds.size()) cells += std::to_string(whole(counts(result)[k][c]));
    }
  }
  return cells + "\n";
}

Json pooled_json(const MetricResult& result) {
  const Metric& metric = *result.metric;
  Json json = {{"value", result.value()}, {"threshold", nullptr},
               {"interval", nullptr},     {"left_out", result.left_out()},
               {"name", metric.name},     {"description", metric.description},
               {"digits", metric.digits}, {"larger_is_better", metric.larger_is_better}};
  if (const auto threshold = result.threshold()) json["threshold"] = *threshold;
  if (result.interval) json["interval"] = *result.interval;
  for (size_t c = 0; c < metric.count_names.size(); ++c) {
    json[metric.count_names[c]] = whole(result.counts[result.best][c]);
  }
  return json;
}

std::string result_lines(const MetricResult& result) {
  const Metric& metric = *result.metric;
  const std::string interval = result.interval ? formatted(metric, (*result.interval)[0]) + " to " +
                                                     formatted(metric, (*result.interval)[1])
                                               : "-";
  const auto threshold = result.threshold();
  std::string text =
      fmt::format("{:<20}{:>10}  {:>20}  {:>9}\n", metric.name, formatted(metric, result.value()),
                  interval, threshold ? fmt::format("{:.1f}", *threshold) : "-");
  std::vector<std::string> notes;
  for (size_t c = 0; c < metric.count_names.size(); ++c) {
    std::string name = metric.count_names[c];
    std::replace(name.begin(), name.end(), '_', ' ');
    notes.push_back(fmt::format("{}: {}", name, whole(result.counts[result.best][c])));
  }
  if (result.left_out() > 0) {
    notes.push_back(fmt::format("not defined for {} of the images", result.left_out()));
  }
  if (!notes.empty()) text += fmt::format("{:<20}{}\n", "", fmt::join(notes, ", "));
  return text;
}

std::string comparison_lines(const Evaluation& evaluation) {
  const auto name = [](const Json& row) { return printable(row.at("name").get<std::string>()); };
  const auto cell = [&](const Json& row, const std::string& content) {
    return fmt::format("  {:>{}}", content, std::max<size_t>(10, name(row).size()));
  };
  std::string text = fmt::format("\n{:<20}", "comparison");
  for (const auto& row : evaluation.comparison) text += cell(row, name(row));
  text += "\n";
  for (const auto& result : evaluation.metrics) {
    text += fmt::format("{:<20}", result.metric->name);
    for (const auto& row : evaluation.comparison) {
      const Json value = row.value(result.metric->key, Json());
      text += cell(row, value.is_number() ? formatted(*result.metric, value.get<double>()) : "-");
    }
    text += "\n";
  }
  return text;
}

}  // namespace

Json metrics_json(const Evaluation& evaluation) {
  Json json = {{"pictures", Json::array()}};
  if (!evaluation.comparison.empty()) json["comparison"] = evaluation.comparison;
  for (const auto& image : evaluation.images) {
    json["pictures"].push_back({{"name", image.name}, {"index", image.index}});
  }
  for (const auto& result : evaluation.metrics) {
    const Metric& metric = *result.metric;
    json["pooled"][metric.key] = pooled_json(result);
    if (metric.last_threshold) {
      Json& curve = json["curves"][metric.key];
      for (size_t k = 0; k < result.curve.size(); ++k) {
        curve.push_back({result.thresholds[k], result.curve[k]});
      }
    }
    for (size_t i = 0; i < result.images.size(); ++i) {
      json["pictures"][i][metric.key] = result.images[i][result.best];
    }
    const auto classes = class_values(metric, result.counts[result.best]);
    for (size_t c = 0; c < classes.size(); ++c) {
      json["classes"][c]["class"] = c + 1;
      json["classes"][c][metric.key] = classes[c];
    }
  }
  return json;
}

Json read_metrics_json(const Manifest& evaluation) {
  constexpr const char* kFile = "metrics.json";
  const std::string place = (evaluation.path.parent_path() / kFile).string();
  return checked(parse_json(verified_content(evaluation, kFile), place), "metrics", place);
}

std::string metrics_csv(const Evaluation& evaluation) {
  std::string text = csv_header(evaluation);
  const auto thresholds = challenge_thresholds(kLastThreshold);
  for (size_t k = 0; k < thresholds.size(); ++k) {
    text += csv_number(thresholds[k]);
    for (const auto& result : evaluation.metrics) text += csv_value(result, result.curve, k);
    text += csv_counts(
        evaluation, k, [](const MetricResult& result) -> const auto& { return result.counts; });
  }
  return text;
}

std::string pictures_csv(const Evaluation& evaluation) {
  std::string text = "name,index," + csv_header(evaluation);
  const auto thresholds = challenge_thresholds(kLastThreshold);
  for (size_t i = 0; i < evaluation.images.size(); ++i) {
    const auto& [name, index] = evaluation.images[i];
    for (size_t k = 0; k < thresholds.size(); ++k) {
      text += fmt::format("{},{},{}", csv_text(name), index, thresholds[k]);
      for (const auto& result : evaluation.metrics) text += csv_value(result, result.images[i], k);
      text += csv_counts(
          evaluation,
          k, [i](const MetricResult& result) -> const auto& { return result.image_counts[i]; });
    }
  }
  return text;
}

std::string text_table(const Evaluation& evaluation, double confidence) {
  std::string text = fmt::format("{} image{}\n", evaluation.images.size(),
                                 evaluation.images.size() == 1 ? "" : "s");
  if (!evaluation.metrics.empty()) {
    text += fmt::format("{:<20}{:>10}  {:>20}  {:>9}\n", "metric", "value",
                        fmt::format("{:g} % interval", 100 * confidence), "threshold");
  }
  for (const auto& result : evaluation.metrics) text += result_lines(result);
  return evaluation.comparison.empty() ? text : text + comparison_lines(evaluation);
}

}  // namespace unetflow
