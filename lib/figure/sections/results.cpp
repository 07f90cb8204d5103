// What the network makes of images that it has not learned from.
#include <fmt/format.h>

#include <algorithm>

#include "core/words.hpp"
#include "figure/place_figures.hpp"
#include "figure/report_builder.hpp"
#include "figure/result_figures.hpp"
#include "segmentation/segment.hpp"

namespace unetflow::section {
namespace {

constexpr Index kRegion = 128;  // px; side of the worst and best regions

/// How the segments were made.
void tell_rule(ReportBuilder& builder) {
  const auto segments = builder.of("segments");
  if (segments.empty()) return;
  const Manifest& manifest = segments.front()->manifest;
  const auto count = manifest.content<std::vector<std::int64_t>>("chosen_on").size();
  builder.page.text(fmt::format(
      "The segments are those in the files: {}{}.", text_of(manifest.content<SegmentRule>("rule")),
      count == 0 ? ""
                 : fmt::format("; chosen on {} that validate or train", counted(count, "image"))));
}

}  // namespace

void results(ReportBuilder& builder) {
  const Results& found = builder.results();
  const auto& shown = found.shown();
  if (shown.empty()) return;
  builder.page.section("Results");
  tell_rule(builder);
  const auto count = std::min(shown.size(), static_cast<size_t>(builder.config.examples));
  const std::vector<Result> first(shown.begin(), shown.begin() + static_cast<Index>(count));
  builder.draw(results_figure(first, found.classes));
  if (found.labelled.empty()) return;
  builder.draw(splits_figure(first));
  builder.draw(worst_cells(found.labelled));
  Index side = kRegion;
  for (const auto& result : found.labelled) {
    side = std::min({side, result.label.height / 2, result.label.width / 2});
  }
  builder.draw(regions_figure(found.labelled, std::max<Index>(side, 1)));
}

}  // namespace unetflow::section
