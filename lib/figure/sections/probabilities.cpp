// What a threshold on the probabilities would change, and whether they are true.
#include <fmt/format.h>

#include "figure/report_builder.hpp"
#include "figure/result_figures.hpp"
#include "figure/threshold_view.hpp"

namespace unetflow::section {

void probabilities(ReportBuilder& builder) {
  const Results& found = builder.results();
  const auto& shown = found.shown();
  if (shown.empty()) return;
  builder.page.section("Probabilities");
  const auto count = std::min(shown.size(), static_cast<size_t>(builder.config.examples));
  const std::vector<Result> first(shown.begin(), shown.begin() + static_cast<Index>(count));
  builder.page.thresholds(threshold_images(first), first.front().threshold);
  if (found.labelled.empty()) return;
  Reliability reliability;
  for (const auto& result : found.labelled) {
    reliability.add(result.label.plane(), result.foreground.plane());
  }
  builder.draw(reliability_figure(reliability));
}

}  // namespace unetflow::section
