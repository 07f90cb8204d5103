#include "figure/read_results.hpp"

#include "artifact/preprocessing.hpp"
#include "figure/report_builder.hpp"
#include "image/probability.hpp"
#include "segmentation/segment.hpp"

namespace unetflow {

Results read_results(const ReportBuilder& builder) {
  const Json pooled = builder.metrics().value("pooled", Json::object());
  const auto threshold_of = [&](const char* key, double otherwise) {
    const Json threshold = pooled.value(key, Json::object()).value("threshold", Json());
    return threshold.is_number() ? threshold.get<double>() : otherwise;
  };
  const double threshold = threshold_of("v_rand", 0.5);
  const double pixel_threshold = threshold_of("pixel_error", threshold);
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
      results.classes = cell_classes(shard->manifest);
      Result result{.name = entry.name,
                    .image = std::move(image.input),
                    .label = std::move(image.label),
                    .instances = std::move(image.instances),
                    .foreground = foreground_probability(probability),
                    .threshold = threshold,
                    .segments = {},
                    .pixel_threshold = pixel_threshold};
      if (const auto found = find_same_picture(builder.of("segments"), entry)) {
        result.segments = read_segments(ShardReader(found->first->path), found->second);
        result.objects = found->first->manifest.content<SegmentRule>("rule").task == "objects";
      }
      (source->second.labelled ? results.labelled : results.others).push_back(std::move(result));
    }
  }
  return results;
}

}  // namespace unetflow
