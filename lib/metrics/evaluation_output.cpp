#include "metrics/evaluation_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "metrics/thresholds.hpp"

namespace unetflow {
namespace {

struct WarpingKind {
  const char* name;
  std::int64_t WarpingCounts::*count;
};
constexpr std::array<WarpingKind, 6> kWarpingKinds = {{
    {"splits", &WarpingCounts::splits},
    {"merges", &WarpingCounts::merges},
    {"hole_additions", &WarpingCounts::hole_additions},
    {"hole_deletions", &WarpingCounts::hole_deletions},
    {"object_additions", &WarpingCounts::object_additions},
    {"object_deletions", &WarpingCounts::object_deletions},
}};

size_t threshold_number(double threshold) {
  const auto thresholds = challenge_thresholds(1);
  return static_cast<size_t>(std::find(thresholds.begin(), thresholds.end(), threshold) -
                             thresholds.begin());
}

std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted;
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return '"' + quoted + '"';
}

std::string csv_number(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

const MetricResult* find(const Evaluation& evaluation, const std::string& key) {
  for (const auto& metric : evaluation.metrics) {
    if (metric.key == key) return &metric;
  }
  return nullptr;
}

std::string csv_header(const Evaluation& evaluation) {
  std::string line = "threshold";
  for (const auto& metric : evaluation.metrics) line += "," + metric.key;
  if (find(evaluation, "warping_error") != nullptr) {
    for (const auto& kind : kWarpingKinds) line += fmt::format(",{}", kind.name);
  }
  return line + "\n";
}

std::string csv_warping(const Evaluation& evaluation, const WarpingCounts& counts, size_t k) {
  const auto* warping = find(evaluation, "warping_error");
  if (warping == nullptr) return "\n";
  std::string cells;
  for (const auto& kind : kWarpingKinds) {
    cells += ",";
    if (k < warping->curve.size()) cells += std::to_string(counts.*kind.count);
  }
  return cells + "\n";
}

/// Errors of the warping kind are a thousand times smaller than the rest.
std::string shown(const std::string& key, double value) {
  return fmt::format("{:.{}f}", value, key == "warping_error" ? 6 : 4);
}

}  // namespace

Json comparison_row(const std::string& name, const Json& metrics_json) {
  Json row = {{"name", name}};
  const Json pooled = metrics_json.value("pooled", Json::object());
  for (const auto& [key, metric] : pooled.items()) row[key] = metric.at("value");
  return row;
}

Json comparison_row(const std::string& name, const std::vector<MetricResult>& metrics) {
  Json row = {{"name", name}};
  for (const auto& metric : metrics) row[metric.key] = metric.value;
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

Json metrics_json(const Evaluation& evaluation) {
  Json json = {{"pictures", Json::array()}};
  if (!evaluation.comparison.empty()) json["comparison"] = evaluation.comparison;
  if (evaluation.pictures.empty()) return json;
  const auto thresholds = challenge_thresholds(1);
  for (const auto& picture : evaluation.pictures) {
    json["pictures"].push_back({{"name", picture.name}, {"index", picture.index}});
  }
  for (const auto& metric : evaluation.metrics) {
    Json& pooled = json["pooled"][metric.key];
    pooled = {{"value", metric.value}, {"threshold", nullptr}, {"interval", nullptr}};
    if (metric.interval) pooled["interval"] = *metric.interval;
    if (metric.threshold) {
      pooled["threshold"] = *metric.threshold;
      Json& curve = json["curves"][metric.key];
      for (size_t k = 0; k < metric.curve.size(); ++k) {
        curve.push_back({thresholds[k], metric.curve[k]});
      }
      if (metric.key == "warping_error") {
        const auto counts =
            warping_counts(evaluation.pictures, threshold_number(*metric.threshold));
        for (const auto& kind : kWarpingKinds) pooled[kind.name] = counts.*kind.count;
      }
    }
    for (size_t i = 0; i < metric.pictures.size(); ++i) {
      json["pictures"][i][metric.key] = metric.pictures[i];
    }
  }
  const auto classes = class_counts(evaluation.pictures);
  for (size_t c = 0; c < classes.size(); ++c) {
    json["classes"].push_back(
        {{"class", c + 1}, {"iou", classes[c].iou()}, {"dice", classes[c].dice()}});
  }
  return json;
}

std::string metrics_csv(const Evaluation& evaluation) {
  std::string text = csv_header(evaluation);
  const auto thresholds = challenge_thresholds(1);
  for (size_t k = 0; k < thresholds.size(); ++k) {
    text += csv_number(thresholds[k]);
    for (const auto& metric : evaluation.metrics) {
      text += ",";
      if (!metric.threshold) text += csv_number(metric.value);
      if (k < metric.curve.size()) text += csv_number(metric.curve[k]);
    }
    text += csv_warping(evaluation, warping_counts(evaluation.pictures, k), k);
  }
  return text;
}

std::string pictures_csv(const Evaluation& evaluation) {
  std::string text = "name,index," + csv_header(evaluation);
  const auto thresholds = challenge_thresholds(1);
  for (const auto& picture : evaluation.pictures) {
    for (size_t k = 0; k < thresholds.size(); ++k) {
      text += fmt::format("{},{},{}", csv_text(picture.name), picture.index, thresholds[k]);
      for (const auto& metric : evaluation.metrics) {
        text += ',';
        text += csv_number(picture_value(metric.key, picture, k));
      }
      text += csv_warping(evaluation, picture.at[k].warping, k);
    }
  }
  return text;
}

std::string text_table(const Evaluation& evaluation, double confidence) {
  std::string text = fmt::format("{} picture{}\n", evaluation.pictures.size(),
                                 evaluation.pictures.size() == 1 ? "" : "s");
  if (!evaluation.metrics.empty()) {
    text += fmt::format("{:<20}{:>10}  {:>20}  {:>9}\n", "metric", "value",
                        fmt::format("{:g} % interval", 100 * confidence), "threshold");
  }
  for (const auto& metric : evaluation.metrics) {
    const std::string interval = metric.interval
                                     ? shown(metric.key, (*metric.interval)[0]) + " to " +
                                           shown(metric.key, (*metric.interval)[1])
                                     : "-";
    text +=
        fmt::format("{:<20}{:>10}  {:>20}  {:>9}\n", metric.name, shown(metric.key, metric.value),
                    interval, metric.threshold ? fmt::format("{:.1f}", *metric.threshold) : "-");
    if (metric.key == "warping_error") {
      const auto counts = warping_counts(evaluation.pictures, threshold_number(*metric.threshold));
      text += fmt::format(
          "{:<20}{} split, {} merge, {} + {} hole (added + deleted), {} + {} object pixels\n", "",
          counts.splits, counts.merges, counts.hole_additions, counts.hole_deletions,
          counts.object_additions, counts.object_deletions);
    }
  }
  if (evaluation.comparison.empty()) return text;
  const auto cell = [](const Json& row, const std::string& content) {
    const auto width = std::max<size_t>(10, row.at("name").get<std::string>().size());
    return fmt::format("  {:>{}}", content, width);
  };
  text += fmt::format("\n{:<20}", "comparison");
  for (const auto& row : evaluation.comparison) text += cell(row, row.at("name"));
  text += "\n";
  for (const auto& metric : evaluation.metrics) {
    text += fmt::format("{:<20}", metric.name);
    for (const auto& row : evaluation.comparison) {
      const Json value = row.value(metric.key, Json());
      text += cell(row, value.is_number() ? shown(metric.key, value.get<double>()) : "-");
    }
    text += "\n";
  }
  return text;
}

}  // namespace unetflow
