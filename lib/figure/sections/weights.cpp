// The loss weight map of one sample.
#include "artifact/sample_shard.hpp"
#include "figure/report_builder.hpp"
#include "figure/sample_figures.hpp"

namespace unetflow::section {

void weights(ReportBuilder& builder) {
  const auto* const weights = first_filled(builder.of("weights"));
  if (weights == nullptr) return;
  const ShardReader shard(weights->path);
  // The labels that it was made from are those of its input.
  const ShardReader labels(weights->path.parent_path() / weights->manifest.inputs.at(0).path);
  LabelledPicture tile = TileShape::of(labels).memory();
  read_tile(labels, 0, tile.buffer());
  Picture<float> weight(tile.label.height, tile.label.width);
  read_weight(shard, 0, weight.plane());
  builder.page.section("Weight map");
  builder.draw(weight_map_figure(weights->manifest.config.get<WeightMapConfig>(),
                                 labels.manifest().classes(), tile.label.plane(),
                                 tile.instances.plane(), weight.plane()));
}

}  // namespace unetflow::section
