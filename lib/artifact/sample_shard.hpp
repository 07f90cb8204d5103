// How samples are stored in "tiles", "augmented" and "weights" shards:
//
//   input      float32 [sample, channel, y, x]   tiles, augmented
//   label      uint8   [sample, y, x]            tiles, augmented
//   instances  uint32  [sample, y, x]            tiles, augmented, where the labels have them
//   weight     float32 [sample, y, x]            weights
//   sample     int64   [sample]                  SampleId::pack()
//   epoch      int32   [sample]                  augmented, and weights of augmented
//   position   int32   [sample, 2]               tiles, augmented: y, x of the output tile's
//                                                corner in the image
#pragma once

#include <vector>

#include "artifact/sample_id.hpp"
#include "artifact/shard.hpp"
#include "image/view.hpp"

namespace unetflow {

struct TileShape {
  std::int64_t channels = 1;
  std::int64_t input_size = 0;   ///< px
  std::int64_t output_size = 0;  ///< px
  bool instances = false;

  static TileShape of(const ShardReader& tiles);
  LabelledPicture memory() const;
};

/// What is known of a sample beside its pixels.
struct SampleKey {
  SampleId sample;
  std::int32_t epoch = 0;
  std::int32_t y = 0;  ///< px; corner of the output tile in the image
  std::int32_t x = 0;
};

/// The keys of all samples of a shard. The epoch is 0 in "tiles", the position is 0 in "weights".
std::vector<SampleKey> read_keys(const ShardReader& shard);
/// Writes `sample` and, if asked for, `epoch` and `position`.
void write_keys(ShardWriter& shard, const std::vector<SampleKey>& keys, bool epochs,
                bool positions);

void create_tiles(ShardWriter& shard, std::int64_t count, const TileShape& shape);
void write_tile(ShardWriter& shard, std::int64_t index, const TileView& tile);
void read_tile(const ShardReader& shard, std::int64_t index, const TileBuffer& tile);
/// The same in two steps: the second does not use HDF5, so many threads may take it at once.
struct EncodedTile {
  Chunk input, label, instances;
};
void fetch_tile(const ShardReader& shard, std::int64_t index, const TileShape& shape,
                EncodedTile& tile);
/// As ShardReader::announce().
void announce_tile(const ShardReader& shard, std::int64_t index, const TileShape& shape);
/// Throws InputError if the tile is damaged, or if the label has a class that is not below
/// `classes`.
void decode_tile(const EncodedTile& encoded, int classes, const TileBuffer& tile);
/// Reads label and instances only; the input stays as it was.
void read_labels(const ShardReader& shard, std::int64_t index, const TileBuffer& tile);

void create_weights(ShardWriter& shard, std::int64_t count, std::int64_t size);
void write_weight(ShardWriter& shard, std::int64_t index, Plane<const float> weight);
void fetch_weight(const ShardReader& shard, std::int64_t index, std::int64_t size, Chunk& weight);
void decode_weight(const Chunk& encoded, Plane<float> weight);
void read_weight(const ShardReader& shard, std::int64_t index, Plane<float> weight);

}  // namespace unetflow
