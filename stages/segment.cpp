// Turns probability maps into labelled cells: predictions/ (+ evaluation/) -> segments/.
#include "segmentation/segment.hpp"

#include <algorithm>

#include "artifact/picture_tiff.hpp"
#include "core/error.hpp"
#include "image/probability.hpp"
#include "metrics/evaluation_output.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

template <class T>
void write_tiffs(PictureTiffs<T> tiffs, const std::vector<Picture<std::uint32_t>>& segments) {
  for (const auto& picture : segments) {
    Picture<T> ids(picture.height, picture.width);
    std::copy(picture.values.begin(), picture.values.end(), ids.values.begin());
    tiffs.add(std::as_const(ids).plane());
  }
  tiffs.close();
}

/// The threshold at which the evaluation found V_rand best.
double best_threshold(const fs::path& evaluation) {
  const Json metrics = read_metrics_json(read_manifest(evaluation, "evaluation"));
  const Json::json_pointer pointer("/pooled/v_rand/threshold");
  if (!metrics.contains(pointer) || !metrics.at(pointer).is_number()) {
    throw InputError(
        evaluation.string(),
        "has no evaluated images, so no best threshold; set the configuration's threshold");
  }
  return metrics.at(pointer);
}

}  // namespace

constexpr int kRevision = 2;

int main(int argc, char** argv) {
  Stage stage("segment", kRevision,
              "Turns probability maps into labelled cells. --input is a predictions manifest and, "
              "where the threshold is left to it, an evaluation manifest.",
              "unetflow-segment --set '/border=\"keep\"'"
              " --input work/em2012/predictions/00000-of-00004.json"
              " work/em2012/evaluation/evaluation.json"
              " --output work/em2012/segments/00000-of-00004.json");
  stage.takes({"predictions", "evaluation"});
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<SegmentConfig>();
    const auto input = stage.input_of("predictions");
    if (!config.threshold && stage.inputs_of("evaluation").empty()) {
      throw InputError("--input",
                       "has no evaluation manifest, expected one, because /threshold is null");
    }
    auto manifest = stage.manifest("segments", config);
    if (stage.up_to_date(manifest)) return;
    const ShardReader predictions(input, "predictions");
    const double threshold =
        config.threshold ? *config.threshold : best_threshold(stage.input_of("evaluation"));

    ShardWriter shard(stage.output);
    Json pictures = Json::array();
    std::vector<Picture<std::uint32_t>> pages;
    std::uint32_t most = 0;
    const auto entries = picture_entries(predictions.manifest());
    auto progress = stage.progress("segment", static_cast<std::int64_t>(entries.size()), "images");
    for (const auto& entry : entries) {
      const auto foreground = foreground_probability(read_probability(predictions, entry));
      auto segments = segment(config, threshold, foreground.plane());
      const auto cells = segments.values.empty()
                             ? 0
                             : *std::max_element(segments.values.begin(), segments.values.end());
      most = std::max(most, cells);
      write_segments(shard, entry, segments);
      pictures.push_back(entry);
      pictures.back()["cells"] = cells;
      if (config.tiff) pages.push_back(std::move(segments));
      progress.advance();
    }
    const auto pixel_size = predictions.manifest().contents.value("pixel_size_um", Json::array());
    if (!pages.empty()) {
      const auto write = [&]<class T>(T) {
        write_tiffs(PictureTiffs<T>(shard, stage.output.stem().string(), entries, pixel_size),
                    pages);
      };
      most > 65535 ? write(std::uint32_t{}) : write(std::uint16_t{});
    }
    manifest.contents = {
        {"pictures", pictures}, {"threshold", threshold}, {"pixel_size_um", pixel_size}};
    stage.commit(shard, std::move(manifest));
  });
}
