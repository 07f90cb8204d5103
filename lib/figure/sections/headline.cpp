// The large numbers at the top of the page.
#include <fmt/format.h>

#include "figure/live_training.hpp"
#include "figure/report_builder.hpp"
#include "metrics/all_metrics.hpp"

namespace unetflow::section {

void headline(ReportBuilder& builder) {
  if (!builder.training.empty()) return builder.page.headline(live_numbers(builder));
  std::vector<std::pair<std::string, std::string>> numbers;
  const Json metrics = builder.metrics();
  for (const auto& metric : all_metrics()) {
    const Json value =
        metrics.value(Json::json_pointer(fmt::format("/pooled/{}/value", metric.key)), Json());
    if (metric.headline && value.is_number()) {
      numbers.push_back({formatted(metric, value.get<double>()), metric.name});
    }
  }
  if (metrics.contains("pictures")) {
    numbers.push_back({std::to_string(metrics["pictures"].size()), "images evaluated"});
  }
  for (const auto* model : builder.of("model")) {
    const Json& contents = model->manifest.contents;
    if (contents.contains("steps")) numbers.push_back({contents["steps"].dump(), "updates"});
    if (contents.contains("parameters")) {
      numbers.push_back(
          {fmt::format("{:.2f} M", contents["parameters"].get<double>() / 1e6), "weights"});
    }
  }
  builder.page.headline(numbers);
}

}  // namespace unetflow::section
