// Small shards for the tests of the stream: tiles with pictures' worth of structure in them, and
// what the augment and weightmap stages make of them.
#pragma once

#include <fstream>

#include "artifact/artifact_writer.hpp"
#include "artifact/picture_split.hpp"
#include "artifact/sample_shard.hpp"
#include "consistent.hpp"
#include "core/random.hpp"
#include "sample/augment.hpp"
#include "sample/weight_map.hpp"

namespace unetflow {

constexpr TileShape kTile{1, 28, 12, false};

/// Tile 0 to 3 of each picture.
inline SampleId tile_id(std::int64_t number) { return {number / 4, number % 4}; }
inline std::int64_t tile_number(SampleId id) { return 4 * id.picture + id.tile; }

/// Stripes of cells, 5 px apart, with a phase of each tile's own.
inline LabelledPicture striped_tile(std::int64_t number, const TileShape& shape) {
  LabelledPicture tile = shape.memory();
  const std::uint64_t key = random_key(7, Purpose::kPhantom, 0, static_cast<std::uint64_t>(number));
  for (std::size_t i = 0; i < tile.input.values.size(); ++i) {
    tile.input.values[i] = static_cast<float>(random_uniform(key, i));
  }
  for (std::size_t i = 0; i < tile.label.values.size(); ++i) {
    const std::size_t x = i % static_cast<std::size_t>(shape.output_size);
    tile.label.values[i] = (x + static_cast<std::size_t>(number)) % 5 != 0;
    if (shape.instances) {
      tile.instances.values[i] =
          tile.label.values[i] *
          static_cast<std::uint32_t>(1 + (x + static_cast<std::size_t>(number)) / 5);
    }
  }
  return tile;
}

/// Of a shard with the tiles from `first` up to before `end`.
inline Manifest shard_manifest(const std::string& kind, std::int64_t first, std::int64_t end,
                               const TileShape& shape = kTile) {
  Manifest manifest;
  manifest.kind = kind;
  manifest.stage = "test";
  manifest.config = Json::object();
  Json pictures = Json::array();
  for (std::int64_t index = first / 4; 4 * index < end; ++index) {
    pictures.push_back(
        PictureEntry{index, std::to_string(index), "train", 30, 30, true, false, "stack.tif"});
    pictures.back()["tiles"] = std::min(4 * index + 4, end) - std::max(4 * index, first);
  }
  manifest.contents = {{"classes", 2},
                       {"channels", shape.channels},
                       {"input_size", shape.input_size},
                       {"output_size", shape.output_size},
                       {"pictures", pictures}};
  return manifest;
}

/// A split that gives each of these pictures, by index, its subset.
inline PictureSplit write_split(const fs::path& folder, const std::vector<std::string>& subsets) {
  std::vector<SplitEntry> entries;
  for (const auto& subset : subsets) {
    const auto index = static_cast<std::int64_t>(entries.size());
    entries.push_back({index, std::to_string(index), "stack.tif", subset, {}});
  }
  ArtifactWriter split(folder / "split.json");
  Manifest manifest;
  manifest.kind = "split";
  manifest.stage = "test";
  manifest.config = Json::object();
  manifest.contents = {{"pictures", entries}};
  split.commit(manifest);
  return PictureSplit(folder / "split.json");
}

/// `count` tiles dealt out to `shards` shards.
inline std::vector<fs::path> write_tiles(const fs::path& folder, std::int64_t count,
                                         std::int64_t shards, const TileShape& shape = kTile) {
  std::vector<fs::path> paths;
  for (std::int64_t index = 0; index < shards; ++index) {
    const ShardName name{index, shards};
    const auto [first, end] = name.range(count);
    paths.push_back(folder / (name.text() + ".json"));
    ShardWriter shard(paths.back());
    create_tiles(shard, end - first, shape);
    std::vector<SampleKey> keys;
    for (std::int64_t number = first; number < end; ++number) {
      write_tile(shard, number - first, striped_tile(number, shape).view());
      keys.push_back({tile_id(number), 0, 0, 0});
    }
    write_keys(shard, keys, false, true);
    shard.commit(shard_manifest("tiles", first, end, shape));
  }
  return paths;
}

struct StoredPaths {
  std::vector<fs::path> augmented, weights;
};

/// The samples of some epochs, of `count` tiles dealt out to `shards` shards.
inline StoredPaths write_stored(const fs::path& folder, std::int64_t count, std::int64_t shards,
                                const std::vector<std::int32_t>& epochs,
                                const AugmentConfig& augment_config,
                                const WeightMapConfig& weight_config,
                                const TileShape& shape = kTile) {
  StoredPaths paths;
  AugmentWorkspace augment_workspace;
  WeightMapWorkspace weight_workspace;
  LabelledPicture sample = shape.memory();
  Picture<float> weight(shape.output_size, shape.output_size);
  for (std::int64_t index = 0; index < shards; ++index) {
    const ShardName name{index, shards};
    const auto [first, end] = name.range(count);
    const std::int64_t size = (end - first) * static_cast<std::int64_t>(epochs.size());
    paths.augmented.push_back(folder / "augmented" / (name.text() + ".json"));
    paths.weights.push_back(folder / "weights" / (name.text() + ".json"));
    ShardWriter augmented(paths.augmented.back()), weights(paths.weights.back());
    create_tiles(augmented, size, shape);
    create_weights(weights, size, shape.output_size);
    std::vector<SampleKey> keys;
    for (const std::int32_t epoch : epochs) {
      for (std::int64_t number = first; number < end; ++number) {
        const auto row = static_cast<std::int64_t>(keys.size());
        augment(augment_config, static_cast<std::uint32_t>(epoch),
                static_cast<std::uint64_t>(tile_id(number).pack()),
                striped_tile(number, shape).view(), sample.buffer(), augment_workspace);
        weight_map(weight_config, 2, sample.label.plane(), sample.instances.plane(), weight.plane(),
                   weight_workspace);
        write_tile(augmented, row, sample.view());
        write_weight(weights, row, weight.plane());
        keys.push_back({tile_id(number), epoch, 0, 0});
      }
    }
    write_keys(augmented, keys, true, true);
    write_keys(weights, keys, true, false);
    Manifest manifest = shard_manifest("augmented", first, end, shape);
    manifest.contents["epochs"] = epochs;
    augmented.commit(manifest);
    manifest.kind = "weights";
    manifest.inputs = {input_record(paths.augmented.back(), paths.weights.back())};
    weights.commit(manifest);
  }
  return paths;
}

/// Flips the lowest bit of the byte in the middle of a shard's HDF5 file, its pixels, and makes the
/// manifest agree.
inline void damage(const fs::path& manifest) {
  const fs::path file = fs::path(manifest).replace_extension(".h5");
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  const auto middle = static_cast<std::streamoff>(fs::file_size(file) / 2);
  stream.seekg(middle);
  const auto byte = static_cast<char>(stream.get() ^ 1);
  stream.seekp(middle);
  stream.put(byte);
  stream.close();
  make_consistent(manifest);
}

}  // namespace unetflow
