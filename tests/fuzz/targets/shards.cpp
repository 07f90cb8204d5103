#include "artifact/picture_shard.hpp"
#include "artifact/sample_shard.hpp"
#include "core/digest.hpp"
#include "targets.hpp"

namespace unetflow::fuzz {
namespace {

/// A shard with this content, and a manifest that has its size and digest: digests are no obstacle
/// to damage here. All else of the manifest is that of the seeds (seeds.cpp).
std::filesystem::path shard_with(Bytes bytes, Json manifest) {
  file_with(bytes, "00000-of-00001.h5");
  manifest["files"] = {
      {{"name", "00000-of-00001.h5"}, {"bytes", bytes.size()}, {"sha256", sha256(bytes)}}};
  return file_with(manifest.dump(), "00000-of-00001.json");
}

const Json kPictures = Json::parse(R"({
  "config": {}, "contents": {"channels": 1, "classes": 2, "pictures": [{"height": 4, "index": 0, "instances": true,
  "labelled": true, "name": "0", "source": "0.png", "subset": "train", "width": 5}]}, "datasets": {
  "pictures/00000/image": {"axes": ["channel", "y", "x"], "dtype": "float32", "meaning": "", "shape": [1, 4, 5], "unit": "1"},
  "pictures/00000/instances": {"axes": ["y", "x"], "dtype": "uint32", "meaning": "", "shape": [4, 5], "unit": "1"},
  "pictures/00000/label": {"axes": ["y", "x"], "dtype": "uint8", "meaning": "", "shape": [4, 5], "unit": "1"}},
  "files": [], "format": "unetflow-artifact-1", "inputs": [], "kind": "images", "revision": 1, "sources": [],
  "stage": "ingest", "version": "0.2.0"})");

const Json kAugmented = Json::parse(R"({
  "config": {}, "contents": {"channels": 1, "classes": 2, "input_size": 6, "output_size": 2, "samples": 2, "epochs": [0],
  "pixel_size_um": [], "pictures": [{"height": 4, "index": 0, "instances": false, "labelled": true, "name": "0",
  "source": "0.png", "subset": "train", "width": 5, "tiles": 2}]}, "datasets": {
  "epoch": {"axes": ["sample"], "dtype": "int32", "meaning": "", "shape": [2], "unit": "1"},
  "input": {"axes": ["sample", "channel", "y", "x"], "dtype": "float32", "meaning": "", "shape": [2, 1, 6, 6], "unit": "1"},
  "label": {"axes": ["sample", "y", "x"], "dtype": "uint8", "meaning": "", "shape": [2, 2, 2], "unit": "class"},
  "position": {"axes": ["sample", "axis"], "dtype": "int32", "meaning": "", "shape": [2, 2], "unit": "px"},
  "sample": {"axes": ["sample"], "dtype": "int64", "meaning": "", "shape": [2], "unit": "1"}},
  "files": [], "format": "unetflow-artifact-1", "inputs": [], "kind": "augmented", "revision": 1, "sources": [],
  "stage": "augment", "version": "0.2.0"})");

}  // namespace

void pictures(Bytes bytes) {
  const auto path = shard_with(bytes, kPictures);
  refuse_or_read([&] {
    const ShardReader shard(path, "images");
    for (const auto& entry : picture_entries(shard.manifest())) read_labelled_picture(shard, entry);
  });
}

void augmented(Bytes bytes) {
  const auto path = shard_with(bytes, kAugmented);
  refuse_or_read([&] {
    const ShardReader shard(path, "augmented");
    const TileShape shape = TileShape::of(shard);
    const auto keys = read_keys(shard);
    auto memory = shape.memory();
    for (std::size_t i = 0; i < std::min<std::size_t>(keys.size(), 4); ++i) {
      EncodedTile tile;
      fetch_tile(shard, static_cast<std::int64_t>(i), shape, tile);
      decode_tile(tile, 2, memory.buffer());
    }
  });
}

}  // namespace unetflow::fuzz
