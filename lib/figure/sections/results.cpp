// What the network makes of images that it has not learned from.
#include <fmt/format.h>

#include <algorithm>

#include "figure/report_builder.hpp"
#include "figure/result_figures.hpp"
#include "image/probability.hpp"
#include "segmentation/segment.hpp"

namespace unetflow::section {
namespace {

constexpr Index kRegion = 128;  // px; side of the worst and best regions

struct Results {
  std::vector<Result> labelled, others;
  int classes = 2;
};

/// The predicted images with their inputs that the network has not learned from: all labelled ones,
/// and of the others as many as are shown. Segments are those delivered, where segments artifacts
/// are among the inputs.
Results read_results(const ReportBuilder& builder, double threshold) {
  Results results;
  for (const auto* shard : builder.of("predictions")) {
    const ShardReader predictions(shard->path);
    for (const auto& entry : picture_entries(shard->manifest)) {
      if (entry.subset == "train") continue;  // predicted for calibrate
      const auto source = find_same_picture(builder.of("images"), entry);
      const bool shown = results.others.size() < static_cast<size_t>(builder.config.examples);
      if (!source || (!source->second.labelled && !shown)) continue;
      LabelledPicture image =
          read_labelled_picture(ShardReader(source->first->path), source->second);
      const Picture<float> probability = read_probability(predictions, entry);
      results.classes = static_cast<int>(probability.channels);
      Result result{entry.name,
                    std::move(image.input),
                    std::move(image.label),
                    std::move(image.instances),
                    foreground_probability(probability),
                    threshold,
                    {}};
      if (const auto found = find_same_picture(builder.of("segments"), entry)) {
        result.segments = read_segments(ShardReader(found->first->path), found->second);
        result.objects = found->first->manifest.content<SegmentRule>("rule").task == "objects";
      }
      (source->second.labelled ? results.labelled : results.others).push_back(std::move(result));
    }
  }
  return results;
}

/// How the segments were made.
void tell_rule(ReportBuilder& builder) {
  const auto segments = builder.of("segments");
  if (segments.empty()) return;
  const Manifest& manifest = segments.front()->manifest;
  const auto count = manifest.content<std::vector<std::int64_t>>("chosen_on").size();
  builder.page.text(fmt::format(
      "The segments are those in the files: {}{}.", text_of(manifest.content<SegmentRule>("rule")),
      count == 0 ? ""
                 : fmt::format("; chosen on {} image{} that validate or train", count,
                               count == 1 ? "" : "s")));
}

}  // namespace

void results(ReportBuilder& builder) {
  const Json pooled = builder.metrics().value("pooled", Json::object());
  const auto threshold_of = [&](const char* key, double otherwise) {
    const Json threshold = pooled.value(key, Json::object()).value("threshold", Json());
    return threshold.is_number() ? threshold.get<double>() : otherwise;
  };
  const double threshold = threshold_of("v_rand", 0.5);
  Results found = read_results(builder, threshold);
  const auto& shown = found.labelled.empty() ? found.others : found.labelled;
  if (shown.empty()) return;
  builder.page.section("Results");
  tell_rule(builder);
  const auto count = std::min(shown.size(), static_cast<size_t>(builder.config.examples));
  const std::vector<Result> first(shown.begin(), shown.begin() + static_cast<Index>(count));
  builder.draw(results_figure(first, found.classes));
  if (found.labelled.empty()) return;
  builder.draw(splits_figure(first));
  // Pixels of membranes are judged at the threshold that is best for pixels, not for cells.
  Index side = kRegion;
  for (auto& result : found.labelled) {
    result.threshold = threshold_of("pixel_error", threshold);
    side = std::min({side, result.label.height / 2, result.label.width / 2});
  }
  builder.draw(regions_figure(found.labelled, std::max<Index>(side, 1)));
}

}  // namespace unetflow::section
