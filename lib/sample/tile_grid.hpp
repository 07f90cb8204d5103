// Overlap tiles: where the network's output tiles lie on a picture, and the larger inputs that they
// are computed from, extrapolated by mirroring where they reach beyond it. Ronneberger et al. 2015,
// figure 2.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

struct TileConfig {
  static constexpr const char* kSchema = "tile";
  Index input_size = 572;   ///< px; side of the network's input
  Index output_size = 388;  ///< px; side of the network's output
  Index stride = 124;       ///< px; from one output tile to the next
  int depth = 4;            ///< poolings of the network that the sizes are checked against
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TileConfig, input_size, output_size, stride, depth)

struct TilePosition {
  Index y = 0;
  Index x = 0;
};

/// Corners of the output tiles that cover a picture [height, width], row by row: every `stride`
/// pixels, the last of a row or column moved in to the edge where the stride does not divide. A
/// picture smaller than a tile gets one at (0, 0).
std::vector<TilePosition> tile_positions(Index height, Index width, Index output_size,
                                         Index stride);

/// Cuts the tile whose output begins at `position`: out.input is centred on out.label; both go on
/// beyond the picture as its mirror image. `instances` of picture and tile may be empty.
void cut_tile(const TileView& picture, TilePosition position, const TileBuffer& out);

}  // namespace unetflow
