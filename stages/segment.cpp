// Turns probability maps into labelled cells: predictions/ + calibration/ -> segments/.
#include "segmentation/segment.hpp"

#include <algorithm>

#include "artifact/picture_files.hpp"
#include "artifact/preprocessing.hpp"
#include "core/error.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// How cells are made, and on which images that was chosen: by the calibration, and the
/// configuration alone where there is none.
struct Choice {
  SegmentRule rule;
  std::vector<std::int64_t> chosen_on;
};

Choice choice_of(const Stage& stage, const SegmentConfig& config) {
  if (!stage.inputs_of("calibration").empty()) {
    const auto calibration = read_manifest(stage.input_of("calibration"), "calibration");
    return {overridden(calibration.content<SegmentRule>("rule"), config),
            calibration.content<std::vector<std::int64_t>>("chosen_on")};
  }
  if (!config.threshold) {
    throw InputError("--input",
                     "has no calibration manifest, expected one, because /threshold is null");
  }
  const SegmentRule rule = overridden({}, config);
  if (!config.task && rule.border != "keep") {
    throw InputError(stage.config_place() + " at /task",
                     "is null, expected membranes or objects, because cells are to grow and "
                     "--input has no calibration manifest");
  }
  return {rule, {}};
}

Segments read_and_segment(const SegmentRule& rule, const ShardReader& predictions,
                          const PictureEntry& entry) {
  const auto [foreground, classes, cores] = read_foreground(predictions, entry);
  return segment(rule, foreground.plane(), classes.plane(), cores.plane());
}

}  // namespace

constexpr int kRevision = 3;

int main(int argc, char** argv) {
  Stage stage("segment", kRevision,
              "Turns probability maps into labelled cells. --input is a predictions manifest and, "
              "where the configuration leaves something to it, a calibration manifest.",
              "unetflow-segment --input work/em2012/predictions/00000-of-00004.json"
              " work/em2012/calibration/calibration.json"
              " --output work/em2012/segments/00000-of-00004.json");
  stage.takes({"predictions", "calibration"});
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<SegmentConfig>();
    const auto input = stage.input_of("predictions");
    const auto [rule, chosen_on] = choice_of(stage, config);
    auto manifest = stage.manifest("segments", config);
    if (stage.up_to_date(manifest)) return;
    const ShardReader predictions(input, "predictions");
    ShardWriter shard(stage.output);
    Json pictures = Json::array();
    std::vector<Picture<std::uint32_t>> pages;
    const PictureOutputs outputs = {config.tiff, config.ome_tiff, config.ome_zarr};
    const auto entries = picture_entries(predictions.manifest());
    auto progress = stage.progress("segment", static_cast<std::int64_t>(entries.size()), "images");
    for (const auto& entry : entries) {
      auto [ids, classes] = read_and_segment(rule, predictions, entry);
      const auto cells =
          ids.values.empty() ? 0 : *std::max_element(ids.values.begin(), ids.values.end());
      write_segments(shard, entry, ids, classes);
      pictures.push_back(entry);
      pictures.back()["cells"] = cells;
      if (outputs.any()) pages.push_back(std::move(ids));
      progress.advance();
    }
    const auto pixel_size = predictions.manifest().contents.value("pixel_size_um", Json::array());
    if (!pages.empty()) {
      write_ids([&](const auto& name) { return shard.file(name); }, stage.output.stem().string(),
                entries, pixel_size, outputs, pages);
    }
    manifest.contents = {{"pictures", pictures},
                         {"rule", rule},
                         {"chosen_on", chosen_on},
                         {"classes", cell_classes(predictions.manifest())},
                         {"pixel_size_um", pixel_size}};
    stage.commit(shard, std::move(manifest));
  });
}
