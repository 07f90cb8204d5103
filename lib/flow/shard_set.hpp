// Shards of one kind, opened together: which samples they hold, and where.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "artifact/picture_split.hpp"
#include "artifact/sample_shard.hpp"
#include "flow/sample_source.hpp"

namespace unetflow {

struct ShardSet {
  struct Row {
    SampleKey key;
    std::size_t shard = 0;
    std::int64_t index = 0;  ///< in the shard
  };

  std::vector<ShardReader> shards;
  SampleShape shape;
  Preprocessed preprocessed;  ///< all of them together, called by the first shard that has samples
  TileShape tile;             ///< the same shape as stored in shards
  std::vector<Row> rows;      ///< ascending by epoch, then by sample
};

/// Takes the digests of all these shards' files, several at a time, so that opening them takes none
/// again. What is wrong with one is said when it is opened.
void verify_together(const std::vector<std::filesystem::path>& manifests);

/// Opens "tiles" or "augmented" shards by their manifests. Of their samples, the set has those of
/// the images that train by the split; without a split, all of them. Throws InputError if a shard
/// cannot be read, if their tiles, classes or preprocessing differ, if they hold a sample of an
/// epoch twice, if an image is not in the split, or if there is no sample at all.
ShardSet open_shards(const std::vector<std::filesystem::path>& manifests, const std::string& kind,
                     const PictureSplit& split = {});

}  // namespace unetflow
