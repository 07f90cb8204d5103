#include "sample/tile_grid.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "image/mirror.hpp"

namespace unetflow {
namespace {

/// Corners along one axis.
std::vector<Index> corners(Index size, Index tile, Index stride) {
  std::vector<Index> result = {0};
  while (result.back() + stride + tile <= size) result.push_back(result.back() + stride);
  if (result.back() + tile < size) result.push_back(size - tile);
  return result;
}

}  // namespace

Index unet_output_size(Index input, int depth) {
  Index size = input;
  for (int level = 0; level < depth; ++level) {
    size -= 4;
    if (size <= 0 || size % 2 != 0) return 0;
    size /= 2;
  }
  size -= 4;
  for (int level = 0; level < depth && size > 0; ++level) size = 2 * size - 4;
  return size > 0 ? size : 0;
}

std::pair<Index, Index> nearest_unet_input_sizes(Index input, int depth) {
  Index below = input, above = std::max<Index>(input, 1);
  while (below > 0 && unet_output_size(below, depth) == 0) --below;
  while (unet_output_size(above, depth) == 0) ++above;
  return {below, above};
}

void check_tile_sizes(const TileConfig& config, const std::string& place) {
  const Index output = unet_output_size(config.input_size, config.depth);
  if (output == config.output_size) return;
  const auto offer = [&](Index input) {
    return fmt::format("{} (output {})", input, unet_output_size(input, config.depth));
  };
  if (output == 0) {
    const auto [below, above] = nearest_unet_input_sizes(config.input_size, config.depth);
    throw InputError(place + " at /input_size",
                     fmt::format("a U-Net with {} poolings takes no input of {}; the nearest sizes "
                                 "are {}{}",
                                 config.depth, config.input_size,
                                 below > 0 ? offer(below) + " and " : "", offer(above)));
  }
  // The margin is the same for every input size, so the input for a wished output is known.
  const Index margin = config.input_size - output;
  const auto [below, above] = nearest_unet_input_sizes(config.output_size + margin, config.depth);
  throw InputError(
      place + " at /output_size",
      fmt::format("a U-Net with {} poolings turns an input of {} into an output of {}, not {}; for "
                  "that output, the nearest input sizes are {}{}",
                  config.depth, config.input_size, output, config.output_size,
                  below > 0 && below != above ? offer(below) + " and " : "", offer(above)));
}

std::vector<TilePosition> tile_positions(Index height, Index width, Index output_size,
                                         Index stride) {
  std::vector<TilePosition> positions;
  for (const Index y : corners(height, output_size, stride)) {
    for (const Index x : corners(width, output_size, stride)) positions.push_back({y, x});
  }
  return positions;
}

void cut_tile(const TileView& picture, TilePosition position, const TileBuffer& out) {
  const Index margin_y = (out.input.height - out.label.height) / 2;
  const Index margin_x = (out.input.width - out.label.width) / 2;
  for (Index channel = 0; channel < out.input.channels; ++channel) {
    extrapolate_by_mirroring(picture.input.plane(channel), position.y - margin_y,
                             position.x - margin_x, out.input.plane(channel));
  }
  extrapolate_by_mirroring(picture.label, position.y, position.x, out.label);
  if (!out.instances.empty()) {
    extrapolate_by_mirroring(picture.instances, position.y, position.x, out.instances);
  }
}

}  // namespace unetflow
