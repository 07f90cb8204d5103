#include "artifact/sample_shard.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

template <class T>
std::span<T> values(const Plane<T>& plane) {
  return {plane.data, static_cast<size_t>(plane.size())};
}
template <class T>
std::span<T> values(const Stack<T>& stack) {
  return {stack.data, static_cast<size_t>(stack.size())};
}

}  // namespace

TileShape TileShape::of(const ShardReader& tiles) {
  const Shape input = tiles.shape("input"), label = tiles.shape("label");
  if (input.size() != 4 || label.size() != 3 || input[2] != input[3] || label[1] != label[2] ||
      input[0] != label[0]) {
    throw InputError(tiles.path().string(),
                     "datasets input and label are not square tiles with one label for each input");
  }
  return {input[1], input[2], label[1], tiles.has("instances")};
}

LabelledPicture TileShape::memory() const {
  return {{channels, input_size, input_size},
          {output_size, output_size},
          instances ? Picture<std::uint32_t>(output_size, output_size) : Picture<std::uint32_t>()};
}

std::vector<SampleKey> read_keys(const ShardReader& shard) {
  const auto samples = shard.read_whole<std::int64_t>("sample");
  std::vector<SampleKey> keys(samples.size());
  for (size_t i = 0; i < keys.size(); ++i) keys[i].sample = SampleId::unpack(samples[i]);
  if (shard.has("epoch")) {
    const auto epochs = shard.read_whole<std::int32_t>("epoch");
    for (size_t i = 0; i < keys.size(); ++i) keys[i].epoch = epochs.at(i);
  }
  if (shard.has("position")) {
    const auto positions = shard.read_whole<std::int32_t>("position");
    for (size_t i = 0; i < keys.size(); ++i) {
      keys[i].y = positions.at(2 * i);
      keys[i].x = positions.at(2 * i + 1);
    }
  }
  return keys;
}

void write_keys(ShardWriter& shard, const std::vector<SampleKey>& keys, bool epochs,
                bool positions) {
  const auto count = static_cast<std::int64_t>(keys.size());
  std::vector<std::int64_t> samples;
  std::vector<std::int32_t> epoch, position;
  for (const auto& key : keys) {
    samples.push_back(key.sample.pack());
    epoch.push_back(key.epoch);
    position.insert(position.end(), {key.y, key.x});
  }
  shard.write_whole<std::int64_t>("sample", {count}, samples,
                                  {{"sample"}, "1", "picture index << 32 | tile in the picture"});
  if (epochs) {
    shard.write_whole<std::int32_t>("epoch", {count}, epoch,
                                    {{"sample"}, "epoch", "epoch that the variation is of"});
  }
  if (positions) {
    shard.write_whole<std::int32_t>(
        "position", {count, 2}, position,
        {{"sample", "y, x"}, "px", "corner of the output tile in the picture"});
  }
}

void create_tiles(ShardWriter& shard, std::int64_t count, const TileShape& shape) {
  shard.create<float>("input", {count, shape.channels, shape.input_size, shape.input_size},
                      {{"sample", "channel", "y", "x"},
                       "1",
                       "the network's input: gray values, scaled to nominally 0 to 1"});
  shard.create<std::uint8_t>("label", {count, shape.output_size, shape.output_size},
                             {{"sample", "y", "x"}, "class", "class of each output pixel"});
  if (shape.instances) {
    shard.create<std::uint32_t>("instances", {count, shape.output_size, shape.output_size},
                                {{"sample", "y", "x"}, "instance", "cell of each output pixel"});
  }
}

void write_tile(ShardWriter& shard, std::int64_t index, const TileView& tile) {
  shard.write("input", index, values(tile.input));
  shard.write("label", index, values(tile.label));
  if (!tile.instances.empty()) shard.write("instances", index, values(tile.instances));
}

void read_tile(const ShardReader& shard, std::int64_t index, const TileBuffer& tile) {
  shard.read("input", index, values(tile.input));
  read_labels(shard, index, tile);
}

void fetch_tile(const ShardReader& shard, std::int64_t index, const TileShape& shape,
                EncodedTile& tile) {
  const auto inputs = static_cast<size_t>(shape.channels * shape.input_size * shape.input_size);
  const auto outputs = static_cast<size_t>(shape.output_size * shape.output_size);
  shard.fetch<float>("input", index, inputs, tile.input);
  shard.fetch<std::uint8_t>("label", index, outputs, tile.label);
  if (shape.instances) shard.fetch<std::uint32_t>("instances", index, outputs, tile.instances);
}

void decode_tile(const EncodedTile& encoded, int classes, const TileBuffer& tile) {
  decode(encoded.input, std::as_writable_bytes(values(tile.input)));
  decode(encoded.label, std::as_writable_bytes(values(tile.label)));
  int largest = 0;
  for (const std::uint8_t id : values(tile.label)) largest = std::max<int>(largest, id);
  if (largest >= classes) {
    throw InputError(encoded.label.place,
                     fmt::format("has the class {}, expected ids below {}", largest, classes));
  }
  if (!tile.instances.empty()) {
    decode(encoded.instances, std::as_writable_bytes(values(tile.instances)));
  }
}

void read_labels(const ShardReader& shard, std::int64_t index, const TileBuffer& tile) {
  shard.read("label", index, values(tile.label));
  if (!tile.instances.empty()) shard.read("instances", index, values(tile.instances));
}

void create_weights(ShardWriter& shard, std::int64_t count, std::int64_t size) {
  shard.create<float>("weight", {count, size, size},
                      {{"sample", "y", "x"}, "1", "weight of each output pixel in the loss"});
}

void write_weight(ShardWriter& shard, std::int64_t index, Plane<const float> weight) {
  shard.write("weight", index, values(weight));
}

void fetch_weight(const ShardReader& shard, std::int64_t index, std::int64_t size, Chunk& weight) {
  shard.fetch<float>("weight", index, static_cast<size_t>(size * size), weight);
}

void decode_weight(const Chunk& encoded, Plane<float> weight) {
  decode(encoded, std::as_writable_bytes(values(weight)));
}

void read_weight(const ShardReader& shard, std::int64_t index, Plane<float> weight) {
  shard.read("weight", index, values(weight));
}

}  // namespace unetflow
