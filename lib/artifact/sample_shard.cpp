#include "artifact/sample_shard.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "artifact/picture_shard.hpp"
#include "artifact/value_checks.hpp"
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

std::string place_of(const ShardReader& shard, const char* dataset, std::int64_t index) {
  return fmt::format("{} dataset {} index {}", shard.path().string(), dataset, index);
}

}  // namespace

TileShape TileShape::of(const ShardReader& tiles) {
  const Shape input = tiles.shape("input"), label = tiles.shape("label");
  if (input.size() != 4 || label.size() != 3 || input[2] != input[3] || label[1] != label[2] ||
      input[0] != label[0] || label[1] > input[2]) {
    throw InputError(tiles.path().string(),
                     "datasets input and label are not square tiles with one label for each input");
  }
  const auto& manifest = tiles.manifest();
  const Shape said = {manifest.content<Index>("channels"), manifest.content<Index>("input_size"),
                      manifest.content<Index>("output_size")};
  const Shape found = {input[1], input[2], label[1]};
  if (found != said) {
    throw InputError(tiles.path().string(),
                     fmt::format("has tiles of {} channels, input {}, output {}, expected {} as "
                                 "/contents says",
                                 found[0], found[1], found[2], fmt::join(said, ", ")));
  }
  const bool instances = tiles.has("instances");
  if (instances && tiles.shape("instances") != label) {
    throw InputError(tiles.path().string(), "has instances of another shape than its labels");
  }
  return {input[1], input[2], label[1], instances};
}

LabelledPicture TileShape::memory() const {
  return {{channels, input_size, input_size},
          {output_size, output_size},
          instances ? Picture<std::uint32_t>(output_size, output_size) : Picture<std::uint32_t>()};
}

namespace {

/// One column of the keys, which has as many values for each sample as `each` says.
template <class T>
std::vector<T> read_column(const ShardReader& shard, const std::string& name, std::int64_t samples,
                           std::int64_t each) {
  Shape expected = {samples};
  if (each > 1) expected.push_back(each);
  if (shard.shape(name) != expected) {
    throw InputError(shard.path().string() + " dataset " + name,
                     fmt::format("has the shape [{}], expected [{}]",
                                 fmt::join(shard.shape(name), ", "), fmt::join(expected, ", ")));
  }
  return shard.read_whole<T>(name);
}

/// Throws InputError unless the sample is of an image that the manifest lists, and within it.
void check_key(const SampleKey& key, const std::map<std::int64_t, PictureEntry>& pictures,
               const std::string& place) {
  const auto picture = pictures.find(key.sample.picture);
  if (picture == pictures.end() || key.sample.tile < 0 || key.epoch < 0) {
    throw InputError(place, fmt::format("holds {}, epoch {}, expected samples of images that "
                                        "/contents/pictures lists",
                                        key.sample.name(), key.epoch));
  }
  if (key.y < 0 || key.x < 0 || key.y >= picture->second.height || key.x >= picture->second.width) {
    throw InputError(place, fmt::format("has {} at y = {}, x = {}, which is outside its image",
                                        key.sample.name(), key.y, key.x));
  }
}

/// Throws InputError unless the samples are, once each, the tiles of each image in each epoch that
/// the manifest says there are.
void check_counts(const Manifest& manifest, const std::vector<SampleKey>& keys) {
  std::set<std::pair<std::int64_t, std::int32_t>> samples;
  std::map<std::pair<std::int64_t, std::int32_t>, std::int64_t> counts;
  for (const auto& key : keys) {
    const bool first = samples.emplace(key.sample.pack(), key.epoch).second;
    if (first) ++counts[{key.sample.picture, key.epoch}];
  }
  const auto place = manifest.path.string() + " at /contents/";
  const auto epochs = manifest.contents.value("epochs", std::vector<std::int32_t>{0});
  size_t described = 0;
  for (const auto& picture : manifest.contents.at("pictures")) {
    const auto index = picture.at("index").get<std::int64_t>();
    const auto said = picture.value("tiles", Json());
    for (const auto epoch : epochs) {
      const auto count = counts[{index, epoch}];
      if (said != count) {
        throw InputError(place + "pictures",
                         fmt::format("says that image {} has {} tiles, expected {} as the shard "
                                     "has in epoch {}",
                                     index, said.dump(), count, epoch));
      }
      described += static_cast<size_t>(count);
    }
  }
  if (described != keys.size()) {
    throw InputError(place + "epochs",
                     fmt::format("says that there are {} samples, expected {} as the shard has",
                                 described, keys.size()));
  }
}

}  // namespace

std::vector<SampleKey> read_keys(const ShardReader& shard) {
  const Shape whole = shard.shape(shard.has("label") ? "label" : "weight");
  const std::int64_t count = whole[0];
  const auto samples = read_column<std::int64_t>(shard, "sample", count, 1);
  std::vector<SampleKey> keys(samples.size());
  for (size_t i = 0; i < keys.size(); ++i) keys[i].sample = SampleId::unpack(samples[i]);
  if (shard.has("epoch")) {
    const auto epochs = read_column<std::int32_t>(shard, "epoch", count, 1);
    for (size_t i = 0; i < keys.size(); ++i) keys[i].epoch = epochs[i];
  }
  if (shard.has("position")) {
    const auto positions = read_column<std::int32_t>(shard, "position", count, 2);
    for (size_t i = 0; i < keys.size(); ++i) {
      keys[i].y = positions[2 * i];
      keys[i].x = positions[2 * i + 1];
    }
  }
  std::map<std::int64_t, PictureEntry> pictures;
  for (auto& entry : picture_entries(shard.manifest())) pictures[entry.index] = std::move(entry);
  for (const auto& key : keys) check_key(key, pictures, shard.path().string());
  check_counts(shard.manifest(), keys);
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
  check_finite(values(tile.input), place_of(shard, "input", index));
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

void announce_tile(const ShardReader& shard, std::int64_t index, const TileShape& shape) {
  shard.announce("input", index);
  shard.announce("label", index);
  if (shape.instances) shard.announce("instances", index);
}

void decode_tile(const EncodedTile& encoded, int classes, const TileBuffer& tile) {
  decode(encoded.input, std::as_writable_bytes(values(tile.input)));
  check_finite(values(tile.input), encoded.input.place);
  decode(encoded.label, std::as_writable_bytes(values(tile.label)));
  check_classes(values(tile.label), classes, encoded.label.place);
  if (!tile.instances.empty()) {
    decode(encoded.instances, std::as_writable_bytes(values(tile.instances)));
  }
}

void read_labels(const ShardReader& shard, std::int64_t index, const TileBuffer& tile) {
  shard.read("label", index, values(tile.label));
  check_classes(values(tile.label), shard.manifest().classes(), place_of(shard, "label", index));
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
  check_not_negative(values(weight), encoded.place);
}

void read_weight(const ShardReader& shard, std::int64_t index, Plane<float> weight) {
  shard.read("weight", index, values(weight));
  check_not_negative(values(weight), place_of(shard, "weight", index));
}

}  // namespace unetflow
