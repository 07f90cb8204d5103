// How an image is cut into overlapping tiles.
#include <algorithm>

#include "artifact/sample_shard.hpp"
#include "figure/report_builder.hpp"
#include "figure/sample_figures.hpp"

namespace unetflow::section {

void tiles(ReportBuilder& builder) {
  const auto* const tiles = first_filled(builder.of("tiles"));
  if (tiles == nullptr) return;
  const ShardReader shard(tiles->path);
  const auto keys = read_keys(shard);
  const auto picture = keys.front().sample.picture;
  const auto entry = find_picture({tiles}, picture);
  const auto source = entry ? find_same_picture(builder.of("images"), entry->second) : std::nullopt;
  if (!source) return;
  std::vector<TilePosition> positions;
  for (const auto& key : keys) {
    if (key.sample.picture == picture) positions.push_back({key.y, key.x});
  }
  const auto count = static_cast<Index>(positions.size());
  positions.resize(std::min<size_t>(positions.size(), 2));
  const TileShape shape = TileShape::of(shard);
  const LabelledPicture image =
      read_labelled_picture(ShardReader(source->first->path), source->second);
  builder.page.section("Overlap tiles");
  builder.draw(overlap_tile_figure(image.input.stack(), shape.input_size, shape.output_size,
                                   positions, count));
}

}  // namespace unetflow::section
