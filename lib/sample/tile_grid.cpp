#include "sample/tile_grid.hpp"

#include <algorithm>

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

std::vector<TilePosition> tile_positions(Index height, Index width, Index output_size,
                                         Index stride) {
  std::vector<TilePosition> positions;
  for (const Index y : corners(height, output_size, stride)) {
    for (const Index x : corners(width, output_size, stride)) positions.push_back({y, x});
  }
  return positions;
}

bool is_annotated(Plane<const std::uint8_t> label, TilePosition position, Index output_size) {
  const auto [top, left] = position;
  const Index bottom = std::min(top + output_size, label.height);
  const Index right = std::min(left + output_size, label.width);
  for (Index y = top; y < bottom; ++y) {
    const std::uint8_t* row = label.row(y);
    if (std::any_of(row + left, row + right, [](auto id) { return id != kIgnored; })) return true;
  }
  return false;
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
