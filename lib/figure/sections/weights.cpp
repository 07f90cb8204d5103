// The loss weight map of one sample.
#include "artifact/sample_shard.hpp"
#include "figure/report_builder.hpp"
#include "figure/sample_figures.hpp"

namespace unetflow::section {
namespace {

/// The shard whose labels the weight map was made from.
ShardReader open_input(const Manifest& weights) {
  if (weights.inputs.size() != 1) {
    throw InputError(weights.path.string() + " at /inputs", "expected one shard of samples");
  }
  const auto& [path, sha256] = weights.inputs.front();
  ShardReader labels(weights.path.parent_path() / path);
  if (labels.manifest().sha256 != sha256) {
    throw InputError(labels.path().string(),
                     "has changed since " + weights.path.string() + " was made from it");
  }
  return labels;
}

}  // namespace

void weights(ReportBuilder& builder) {
  const auto* const weights = first_filled(builder.of("weights"));
  if (weights == nullptr) return;
  const ShardReader shard(weights->path);
  const ShardReader labels = open_input(weights->manifest);
  LabelledPicture tile = TileShape::of(labels).memory();
  read_tile(labels, 0, tile.buffer());
  Picture<float> weight(tile.label.height, tile.label.width);
  read_weight(shard, 0, weight.plane());
  builder.page.section("Weight map");
  builder.draw(weight_map_figure(weights->manifest.typed_config<WeightMapConfig>(),
                                 labels.manifest().classes(), tile.label.plane(),
                                 tile.instances.plane(), weight.plane()));
}

}  // namespace unetflow::section
