// An image through a network, tile by tile: its probabilities come in rows of tiles, so that maps
// larger than memory can be written as they are made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/rows.hpp"
#include "image/view.hpp"
#include "network/network_config.hpp"

namespace unetflow {

class Network;

/// Where output tiles of side `tile` begin so that they cover a line of `size` pixels, overlap by
/// at least `overlap` and begin at multiples of `stride`; the last may reach beyond.
std::vector<Index> aligned_tile_starts(Index size, Index tile, Index stride, Index overlap = 0);

/// The rows from each tile's begin to that of the next one below, for tiles of `tile_size` px.
std::vector<RowRange> tile_rows(const NetworkConfig& network, Index tile_size, Index height,
                                Index width);

class TileRows {
 public:
  /// Of one or more successive tile_rows(). `batch` tiles pass through the network together. Keeps
  /// references to network and image, whose channels are the network's.
  TileRows(const Network& network, Index tile_size, Index batch, Stack<const float> image,
           const std::string& place, RowRange range);
  TileRows(TileRows&&) noexcept;
  TileRows& operator=(TileRows&&) noexcept;
  ~TileRows();

  /// The next rows of the range, [class, rows, width]; nothing after the last. Their values are
  /// those that the whole image's have. Throws InputError naming `place` where what comes out is
  /// not a number.
  std::optional<Picture<float>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
