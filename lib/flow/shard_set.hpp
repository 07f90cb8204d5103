// Shards of one kind, opened together: which samples they hold, and where.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

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

/// Opens "tiles" or "augmented" shards by their manifests. Throws InputError when one cannot be
/// read, when their tiles or classes differ, when a sample of an epoch is there twice, and when
/// there is none at all.
ShardSet open_shards(const std::vector<std::filesystem::path>& manifests, const std::string& kind);

}  // namespace unetflow
