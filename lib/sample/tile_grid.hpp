// Overlap tiles: the positions of the network's output tiles on an image, and the larger input
// tiles from which they are computed. Where an input reaches outside the image, it is extrapolated
// by mirroring. Ronneberger et al. 2015, figure 2.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

struct TileConfig {
  static constexpr const char* kSchema = "tile";
  Index input_size = 572;          ///< px; side of the network's input
  Index output_size = 388;         ///< px; side of the network's output
  Index stride = 124;              ///< px; from one output tile to the next
  int depth = 4;                   ///< poolings of the network that the sizes are checked against
  bool cut_touching = true;        ///< gives touching cells a gap (sample/cut_touching.hpp)
  std::vector<double> pixel_size;  ///< um, [y, x], of tiles; empty: that of the images
  Index rim = 0;  ///< px; 0: cells are one class, else rim and core (sample/rim_and_core.hpp)
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TileConfig, input_size, output_size, stride, depth, cut_touching,
                                   pixel_size, rim)

struct TilePosition {
  Index y = 0;
  Index x = 0;
};

/// Corners of the output tiles that cover an image [height, width], row by row: every `stride`
/// pixels; where the stride does not divide the size, the last tile of a row or column is moved in
/// to the edge. An image smaller than a tile gets one tile at (0, 0).
std::vector<TilePosition> tile_positions(Index height, Index width, Index output_size,
                                         Index stride);

/// Whether any pixel of the output tile at `position` is annotated, by the image's label.
bool is_annotated(Plane<const std::uint8_t> label, TilePosition position, Index output_size);

/// Cuts the tile whose output begins at `position`. out.input is centred on out.label; both are
/// extrapolated by mirroring outside the image. The `instances` of image and tile may be empty.
void cut_tile(const TileView& picture, TilePosition position, const TileBuffer& out);

}  // namespace unetflow
