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
  TileShape tile;         ///< the same, as shards know it
  std::vector<Row> rows;  ///< ascending by epoch, then by sample
};

/// Opens "tiles" or "augmented" shards by their manifests; of their samples, those of the images
/// that train by the split (all without one). Throws InputError when one cannot be read, when their
/// tiles or classes differ, when a sample of an epoch is there twice, when the split does not know
/// an image, and when there is no sample at all.
ShardSet open_shards(const std::vector<std::filesystem::path>& manifests, const std::string& kind,
                     const PictureSplit& split = {});

}  // namespace unetflow
