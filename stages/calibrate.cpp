// Chooses how cells are made of probabilities: images/ + predictions/ -> calibration/.
#include "metrics/calibration.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/words.hpp"
#include "metrics/picture_source.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// The predicted images to choose on: those that validate, otherwise those that train.
PictureSource images_to_choose_on(const std::vector<fs::path>& inputs) {
  for (const char* subset : {"validation", "train"}) {
    PictureSource source = predicted_shards(inputs, {subset});
    if (source.count > 0) return source;
  }
  throw InputError("--input",
                   "has no predictions of labelled images that validate or train, to choose the "
                   "threshold on; expected \"calibration\" among predict's /subsets");
}

/// A threshold that was configured was chosen on no image.
Json contents_of(const Calibration& calibration, const std::vector<std::int64_t>& indices) {
  Json contents = {{"rule", calibration.rule},
                   {"metric", calibration.metric->key},
                   {"curve", Json::array()},
                   {"chosen_on", Json::array()}};
  if (!calibration.curve.empty()) contents["chosen_on"] = indices;
  for (const auto& point : calibration.curve) contents["curve"].push_back(point);
  return contents;
}

std::string text_of(const Calibration& calibration, size_t count) {
  return fmt::format("{}; judged by {} on {}", text_of(calibration.rule), calibration.metric->name,
                     counted(count, "image"));
}

}  // namespace

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage("calibrate", kRevision,
              "Chooses how cells are made of probabilities: the kind of task, and the threshold "
              "whose cells are best on labelled images that validate or train. --input are images "
              "and predictions manifests. The configuration is that of segment.",
              "unetflow-calibrate --config pipelines/dic-hela/segment.json"
              " --input work/dic-hela/images/*.json work/dic-hela/predictions/*.json"
              " --output work/dic-hela/calibration/calibration.json");
  stage.takes({"images", "predictions"});
  return stage.run(argc, argv, [&] {
    auto config = stage.config<SegmentConfig>();
    config.tiff = config.ome_tiff = config.ome_zarr =
        false;  // files of segments decide nothing here
    auto manifest = stage.manifest("calibration", config);
    if (stage.up_to_date(manifest)) return;
    const PictureSource source = images_to_choose_on(stage.inputs());
    auto progress =
        stage.progress("calibrate", static_cast<std::int64_t>(2 * source.count), "images");
    const auto calibration =
        calibrate(config, source.count, source.read, stage.threads, [&] { progress.advance(); });
    stage.say(text_of(calibration, source.count));
    ArtifactWriter artifact(stage.output);
    manifest.contents = contents_of(calibration, source.indices);
    stage.commit(artifact, std::move(manifest));
  });
}
