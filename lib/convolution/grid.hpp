// How an image falls into the tiles of minimal filtering, and these into blocks and vectors.
#pragma once

#include <algorithm>

#include "convolution/winograd.hpp"

namespace unetflow::winograd {

/// Some of the tiles of one image of the batch, row by row.
struct Block {
  Index image, first, tiles;
};

/// How images fall into tiles, and tiles into blocks.
struct Grid {
  Index width, tiles;  ///< in tiles, of an image
  Index block;         ///< tiles of a whole block
  Index blocks;        ///< of an image
  Index size;          ///< blocks in all
  Index lanes;         ///< tiles that are transformed together

  Grid(Index images, Index height_px, Index width_px, Index tiles_of_block)
      : width(divided_up(width_px, kOutput)),
        tiles(divided_up(height_px, kOutput) * width),
        block(std::min(tiles_of_block, tiles)),
        blocks(divided_up(tiles, block)),
        size(images * blocks),
        lanes(winograd::columns() / 2) {}

  Block operator[](Index i) const {
    const Index first = i % blocks * block;
    return {i / blocks, first, std::min(block, tiles - first)};
  }
  /// Calls f(i, y, x) for each of `count` tiles of the block, of which `first` is the first.
  template <class F>
  void for_tiles(const Block& some, Index first, Index count, F f) const {
    Index y = (some.first + first) / width, x = (some.first + first) % width;
    for (Index i = 0; i < count; ++i) {
      f(i, y, x);
      if (++x == width) x = 0, ++y;
    }
  }
  /// All of a block by vectors: calls in_row(y, x, tiles, first) for whole vectors of
  /// tiles of one row, as many as inside(y, x) allows, and across(first, tiles) for others.
  template <class Inside, class InRow, class Across>
  void for_vectors(const Block& some, Inside inside, InRow in_row, Across across) const {
    for (Index i = 0; i < some.tiles;) {
      const Index y = (some.first + i) / width, x = (some.first + i) % width;
      const Index allowed = std::min({width - x, some.tiles - i, inside(y, x)});
      Index count = std::max<Index>(allowed, 0) / lanes * lanes;
      if (count > 0) {
        in_row(y, x, count, i);
      } else {
        count = std::min(lanes, some.tiles - i);
        across(i, count);
      }
      i += count;
    }
  }
};

}  // namespace unetflow::winograd
