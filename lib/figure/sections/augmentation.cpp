// Each augmentation by itself, on the first tile.
#include "artifact/sample_shard.hpp"
#include "figure/report_builder.hpp"
#include "figure/sample_figures.hpp"

namespace unetflow::section {

void augmentation(ReportBuilder& builder) {
  const auto* const tiles = first_filled(builder.of("tiles"));
  const auto augmented = builder.of("augmented");
  if (tiles == nullptr || augmented.empty()) return;
  const ShardReader shard(tiles->path);
  LabelledPicture tile = TileShape::of(shard).memory();
  read_tile(shard, 0, tile.buffer());
  const auto config = augmented.front()->manifest.typed_config<AugmentConfig>();
  const std::uint32_t epoch = config.epochs.empty() ? 0 : config.epochs.front();
  const auto sample = static_cast<std::uint64_t>(read_keys(shard).front().sample.pack());
  builder.page.section("Augmentation");
  for (const auto& figure :
       augmentation_figures(config, epoch, sample, tiles->manifest.classes(), tile.view())) {
    builder.draw(figure);
  }
}

}  // namespace unetflow::section
