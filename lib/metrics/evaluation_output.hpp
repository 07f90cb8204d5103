// An evaluation as files and on the terminal.
//
//   metrics.json  {"pooled":   {KEY: {"value", "threshold", "interval": [low, high]}, ...},
//                  "pictures": [{"name", "index", KEY: value, ...}, ...],
//                  "curves":   {KEY: [[threshold, value], ...], ...},
//                  "classes":  [{"class", "iou", "dice"}, ...],
//                  "comparison": [{"name", KEY: value, ...}, ...]}
//
// KEYs are those of MetricResult. "threshold" is null where a metric has no choice, "interval" with
// one picture only; pooled.warping_error also counts splits, merges and the other kinds.
// "comparison" is there when something was compared with; without pictures, "pictures" is all.
#pragma once

#include <string>
#include <vector>

#include "core/config.hpp"
#include "metrics/evaluate.hpp"

namespace unetflow {

struct Evaluation {
  std::vector<PictureMeasures> pictures;
  std::vector<MetricResult> metrics;
  /// {"name", KEY: value, ...} each, this run first; empty without a comparison.
  Json comparison = Json::array();
};

/// {"name": name, KEY: value, ...} of an evaluation's metrics.json or of results.
Json comparison_row(const std::string& name, const Json& metrics_json);
Json comparison_row(const std::string& name, const std::vector<MetricResult>& metrics);
/// The rows "mean", "lowest" and "highest" of these rows, of each KEY that all of them have.
Json spread_rows(const Json& rows);

Json metrics_json(const Evaluation& evaluation);
/// A row a threshold, all pictures together.
std::string metrics_csv(const Evaluation& evaluation);
/// A row a picture and threshold.
std::string pictures_csv(const Evaluation& evaluation);
/// For people: a line a metric, and again beside what it is compared with.
std::string text_table(const Evaluation& evaluation, double confidence);

}  // namespace unetflow
