#include "metrics/evaluation_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/csv.hpp"
#include "core/printable.hpp"
#include "core/words.hpp"
#include "metrics/thresholds.hpp"

namespace unetflow {
namespace {

std::string csv_number(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

std::int64_t whole(double count) { return static_cast<std::int64_t>(count); }

/// The thresholds of the rows; of cells alone there is one row, without a threshold.
std::vector<std::string> rows_of(const Evaluation& evaluation) {
  const bool any = std::any_of(evaluation.metrics.begin(), evaluation.metrics.end(),
                               [](const auto& result) { return !result.thresholds.empty(); });
  if (!any) return {""};
  std::vector<std::string> rows;
  for (const double threshold : challenge_thresholds(kLastThreshold)) {
    rows.push_back(csv_number(threshold));
  }
  return rows;
}

std::string csv_header(const Evaluation& evaluation) {
  std::string line = "threshold";
  for (const auto& result : evaluation.metrics) line += fmt::format(",{}", result.metric->key);
  for (const auto& result : evaluation.metrics) {
    for (const char* name : result.metric->count_names) line += fmt::format(",{}", name);
  }
  return line + "\n";
}

/// The value at threshold number k of `values`; that of a metric without a choice, and of cells, is
/// in every row.
std::string csv_value(const std::vector<double>& values, size_t k) {
  if (values.size() == 1) k = 0;
  return fmt::format(",{}", k < values.size() ? csv_number(values[k]) : std::string());
}

/// The named counts; `counts(result)` are those at each threshold.
template <class CountsOf>
std::string csv_counts(const Evaluation& evaluation, size_t k, CountsOf counts) {
  std::string cells;
  for (const auto& result : evaluation.metrics) {
    for (size_t c = 0; c < result.metric->count_names.size(); ++c) {
      cells += ",";
      const auto& own = counts(result);
      const size_t row = own.size() == 1 ? 0 : k;
      if (row < own.size()) cells += std::to_string(whole(own[row][c]));
    }
  }
  return cells;
}

Json pooled_json(const MetricResult& result) {
  const Metric& metric = *result.metric;
  Json json = {{"value", result.value()},
               {"threshold", nullptr},
               {"interval", nullptr},
               {"left_out", result.left_out()},
               {"name", metric.name},
               {"description", metric.description},
               {"digits", metric.digits},
               {"larger_is_better", metric.larger_is_better},
               {"of", result.thresholds.empty() ? "segments" : "probabilities"}};
  if (const auto threshold = result.threshold()) json["threshold"] = *threshold;
  if (result.interval) json["interval"] = *result.interval;
  for (size_t c = 0; c < metric.count_names.size(); ++c) {
    json[metric.count_names[c]] = whole(result.counts[result.best][c]);
  }
  return json;
}

/// The results of cells where there are both, of the same metric as number m.
std::string value_of_segments(const Evaluation& evaluation, size_t m) {
  if (evaluation.segments.empty()) return "";
  return fmt::format("  {:>10}",
                     formatted(*evaluation.segments[m].metric, evaluation.segments[m].value()));
}

std::string result_lines(const Evaluation& evaluation, size_t m) {
  const MetricResult& result = evaluation.metrics[m];
  const Metric& metric = *result.metric;
  const std::string interval = result.interval ? formatted(metric, (*result.interval)[0]) + " to " +
                                                     formatted(metric, (*result.interval)[1])
                                               : "-";
  const auto threshold = result.threshold();
  std::string text = fmt::format(
      "{:<20}{:>10}  {:>20}  {:>9}{}\n", metric.name, formatted(metric, result.value()), interval,
      threshold ? fmt::format("{:.1f}", *threshold) : "-", value_of_segments(evaluation, m));
  std::vector<std::string> notes;
  for (size_t c = 0; c < metric.count_names.size(); ++c) {
    if (std::isnan(result.value())) break;
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
  Json json = {{"pictures", Json::array()}, {"unlabelled", evaluation.unlabelled}};
  if (!evaluation.remarks.empty()) json["remarks"] = evaluation.remarks;
  if (!evaluation.comparison.empty()) json["comparison"] = evaluation.comparison;
  for (const auto& image : evaluation.images) {
    json["pictures"].push_back({{"name", image.name}, {"index", image.index}});
  }
  for (const auto& result : evaluation.metrics) {
    const Metric& metric = *result.metric;
    json["pooled"][metric.key] = pooled_json(result);
    for (size_t i = 0; i < result.images.size(); ++i) {
      json["pictures"][i][metric.key] = result.images[i][result.best];
    }
    const auto classes = class_values(metric, result.counts[result.best]);
    for (size_t c = 0; c < classes.size(); ++c) {
      json["classes"][c]["class"] = c + 1;
      json["classes"][c][metric.key] = classes[c];
    }
  }
  for (const auto& result : evaluation.segments) {
    json["segments"][result.metric->key] = pooled_json(result);
  }
  const bool both = !evaluation.probabilities.empty();
  for (const auto& result : both ? evaluation.probabilities : evaluation.metrics) {
    for (size_t k = 0; result.thresholds.size() > 1 && k < result.curve.size(); ++k) {
      json["curves"][result.metric->key].push_back({result.thresholds[k], result.curve[k]});
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
  text.pop_back();
  for (const auto& result : evaluation.metrics)
    text += fmt::format(",{}_left_out", result.metric->key);
  text += "\n";
  const auto rows = rows_of(evaluation);
  for (size_t k = 0; k < rows.size(); ++k) {
    text += rows[k];
    for (const auto& result : evaluation.metrics) text += csv_value(result.curve, k);
    text += csv_counts(
        evaluation, k, [](const MetricResult& result) -> const auto& { return result.counts; });
    for (const auto& result : evaluation.metrics) {
      const size_t row = result.curve.size() == 1 ? 0 : k;
      text += row < result.curve.size() ? fmt::format(",{}", result.left_out(row)) : ",";
    }
    text += "\n";
  }
  return text;
}

std::string pictures_csv(const Evaluation& evaluation) {
  std::string text = "name,index," + csv_header(evaluation);
  const auto rows = rows_of(evaluation);
  for (size_t i = 0; i < evaluation.images.size(); ++i) {
    const auto& [name, index] = evaluation.images[i];
    for (size_t k = 0; k < rows.size(); ++k) {
      text += fmt::format("{},{},{}", csv_text(name), index, rows[k]);
      for (const auto& result : evaluation.metrics) text += csv_value(result.images[i], k);
      text += csv_counts(
          evaluation,
          k, [i](const MetricResult& result) -> const auto& { return result.image_counts[i]; });
      text += "\n";
    }
  }
  return text;
}

std::string text_table(const Evaluation& evaluation, double confidence) {
  std::string text = counted(evaluation.images.size(), "image") + "\n";
  if (evaluation.unlabelled > 0) {
    text += fmt::format("{} without labels {} left out\n",
                        counted(evaluation.unlabelled, "predicted image"),
                        evaluation.unlabelled == 1 ? "is" : "are");
  }
  for (const auto& remark : evaluation.remarks) text += printable(remark) + "\n";
  if (!evaluation.metrics.empty()) {
    text += fmt::format("{:<20}{:>10}  {:>20}  {:>9}{}\n", "metric", "value",
                        fmt::format("{:g} % interval", 100 * confidence), "threshold",
                        evaluation.segments.empty() ? "" : fmt::format("  {:>10}", "segments"));
  }
  for (size_t m = 0; m < evaluation.metrics.size(); ++m) text += result_lines(evaluation, m);
  return evaluation.comparison.empty() ? text : text + comparison_lines(evaluation);
}

}  // namespace unetflow
