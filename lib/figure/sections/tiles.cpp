// How an image is cut into overlapping tiles.
#include <algorithm>
#include <array>

#include "artifact/picture_shard.hpp"
#include "artifact/preprocessing.hpp"
#include "artifact/sample_shard.hpp"
#include "figure/report_builder.hpp"
#include "figure/sample_figures.hpp"
#include "image/rescale.hpp"

namespace unetflow::section {

namespace {

/// The image on the pixels that tiles were cut on.
Picture<float> on_pixels_of(const Manifest& tiles,
                            const std::pair<const Artifact*, PictureEntry>& source) {
  const ShardReader shard(source.first->path);
  Picture<float> image = read_image(shard, source.second);
  const auto scale = pixel_ratio({"images", preprocessing_of(shard.manifest().contents)},
                                 {"tiles", preprocessing_of(tiles.contents)})
                         .value_or(std::array{1., 1.});
  if (scale == std::array{1., 1.}) return image;
  return rescaled(image.stack(), rescaled_size(image.height, scale[0]),
                  rescaled_size(image.width, scale[1]));
}

}  // namespace

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
  const Picture<float> image = on_pixels_of(tiles->manifest, *source);
  builder.page.section("Overlap tiles");
  builder.draw(
      overlap_tile_figure(image.stack(), shape.input_size, shape.output_size, positions, count));
}

}  // namespace unetflow::section
