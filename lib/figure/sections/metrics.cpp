// Tables and curves of the metrics.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "figure/report_builder.hpp"
#include "figure/result_figures.hpp"
#include "metrics/all_metrics.hpp"
#include "metrics/comparison.hpp"
#include "metrics/evaluation_output.hpp"

namespace unetflow::section {
namespace {

constexpr const char* kNone = "–";

std::string cell(const Metric& metric, const Json& value) {
  return value.is_number() ? formatted(metric, value.get<double>()) : kNone;
}

/// For how many of the images the metric is defined.
std::string defined_for(const Json& result, size_t images) {
  const auto left_out = result.value("left_out", size_t{0});
  return left_out == 0 ? std::to_string(images)
                       : fmt::format("{} of {}", images - std::min(left_out, images), images);
}

/// One row for each metric, of all evaluated images together.
void table_of_all_images(Page& page, const Json& metrics) {
  const Json& pooled = metrics["pooled"];
  const Json segments = metrics.value("segments", Json::object());
  const size_t images = metrics["pictures"].size();
  std::vector<std::vector<std::string>> rows;
  std::string meanings;
  for (const auto& metric : all_metrics()) {
    const Json result = pooled.value(metric.key, Json::object());
    if (!result.contains("value")) continue;
    const Json interval = result.value("interval", Json());
    const Json threshold = result.value("threshold", Json());
    const bool has_interval = interval.is_array() && interval.size() == 2;
    rows.push_back(
        {metric.name, cell(metric, result["value"]),
         has_interval ? cell(metric, interval[0]) + " to " + cell(metric, interval[1]) : kNone,
         threshold.is_number() ? fmt::format("{:.1f}", threshold.get<double>()) : kNone,
         cell(metric, segments.value(metric.key, result).value("of", "") == "segments"
                          ? segments.value(metric.key, result)["value"]
                          : Json()),
         defined_for(result, images), metric.larger_is_better ? "larger" : "smaller",
         *metric.published != 0 ? metric.published : kNone});
    meanings += fmt::format("{}: {}\n", metric.name, metric.description);
  }
  page.table(
      "All evaluated images together. Values with a threshold are of the probabilities, at the "
      "threshold that is best for these images, as the challenge defines them; others are of the "
      "segments, where there are some. Images for which a metric is not defined, as it would be 0 "
      "/ "
      "0, are left out of it. The last column is what the U-Net paper published for ISBI 2012, on "
      "the challenge's hidden test labels: not these images, so for orientation only.",
      {"Metric", "Value", "Interval", "Threshold", "Of the segments", "Images", "Better is",
       "U-Net paper"},
      rows);
  if (const auto unlabelled = metrics.value("unlabelled", 0); unlabelled > 0) {
    page.text(fmt::format("Predicted images without labels, which are left out: {}.", unlabelled));
  }
  for (const auto& remark : metrics.value("remarks", std::vector<std::string>()))
    page.text(remark + ".");
  page.folded("What the metrics are", meanings);
}

/// One row for each of `things`, {"name", KEY: value, ...}, and one column for each metric that any
/// of them has.
void table_of_each(Page& page, std::string_view caption, const std::string& what,
                   const Json& things) {
  std::vector<std::string> header = {what};
  std::vector<std::vector<std::string>> rows;
  for (const auto& thing : things) rows.push_back({thing.value("name", "")});
  for (const auto& metric : all_metrics()) {
    const auto value = [&](const Json& thing) { return thing.value(metric.key, Json()); };
    if (std::none_of(things.begin(), things.end(),
                     [&](const Json& thing) { return value(thing).is_number(); })) {
      continue;
    }
    header.push_back(metric.name);
    for (size_t i = 0; i < rows.size(); ++i) rows[i].push_back(cell(metric, value(things[i])));
  }
  if (!rows.empty()) page.table(caption, header, rows);
}

/// Of trainings that differ in seed or fold: each one's evaluation, after that of all together.
void table_of_spread(Page& page, const std::vector<const Artifact*>& evaluations) {
  Json rows = Json::array();
  for (const auto* evaluation : std::span(evaluations).subspan(1)) {
    const fs::path folder = evaluation->path.parent_path().parent_path();  // seeds/2, of-5/2
    rows.push_back(
        comparison_row(folder.filename().string(), read_metrics_json(evaluation->manifest)));
  }
  Json spread = spread_rows(rows);
  spread.insert(spread.begin() + 1, deviation_row(rows));
  const size_t count = rows.size();
  rows.insert(rows.end(), spread.begin(), spread.end());
  table_of_each(page,
                fmt::format("The spread over {} trainings that differ in nothing but the seed, or "
                            "in the fold of images that is kept out of training and evaluated.",
                            count),
                "Seed or fold", rows);
}

}  // namespace

void metrics(ReportBuilder& builder) {
  const Json metrics = builder.metrics();
  if (!metrics.contains("pooled")) return;
  builder.page.section("Metrics");
  table_of_all_images(builder.page, metrics);
  table_of_each(builder.page, "Each image by itself, at the thresholds above.", "Image",
                metrics.value("pictures", Json::array()));
  if (const auto evaluations = builder.of("evaluation"); evaluations.size() > 2) {
    table_of_spread(builder.page, evaluations);
  } else {
    table_of_each(builder.page,
                  "This run beside others on the same images, each at its best thresholds.",
                  "Segmentation", metrics.value("comparison", Json::array()));
  }
  if (metrics.contains("curves")) builder.draw(curves_figure(metrics["curves"]));
}

}  // namespace unetflow::section
