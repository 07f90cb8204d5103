#include "flow/tile_source.hpp"

#include <oneapi/tbb/enumerable_thread_specific.h>

#include <mutex>

#include "flow/pool.hpp"
#include "flow/shard_set.hpp"

namespace unetflow {
namespace {

struct Tile final : RawSample {
  LabelledPicture picture;
  EncodedTile encoded;
  bool kept = false;
  std::mutex decoding;  ///< of a kept tile
  bool decoded = false;

  explicit Tile(const TileShape& shape) : picture(shape.memory()) {}
};

/// Scratch memory of one thread.
struct Scratch {
  AugmentWorkspace augment;
  WeightMapWorkspace weight_map;
  Picture<std::uint32_t> instances;
};

std::int64_t bytes_of(const LabelledPicture& tile) {
  return static_cast<std::int64_t>(tile.input.values.size() * sizeof(float) +
                                   tile.label.values.size() +
                                   tile.instances.values.size() * sizeof(std::uint32_t));
}

}  // namespace

struct TileSource::State {
  TileSourceConfig config;
  ShardSet set;
  std::vector<SampleId> ids;
  // By rank; nullptr for tiles that are not kept. Only the thread that reads writes here.
  std::vector<Tile*> kept;
  std::int64_t kept_bytes = 0;
  oneapi::tbb::enumerable_thread_specific<Scratch> scratch;

  Pool<Tile> tiles;

  State(const TileSourceConfig& config_, const std::vector<std::filesystem::path>& manifests,
        const PictureSplit& split)
      : config(config_),
        set(open_shards(manifests, "tiles", split)),
        kept(set.rows.size()),
        scratch([this] {
          return Scratch{{}, {}, set.tile.memory().instances};
        }) {
    for (const auto& row : set.rows) ids.push_back(row.key.sample);
  }
};

TileSource::TileSource(const TileSourceConfig& config,
                       const std::vector<std::filesystem::path>& tiles, const PictureSplit& split)
    : state_(std::make_unique<State>(config, tiles, split)) {}
TileSource::~TileSource() = default;

const SampleShape& TileSource::shape() const { return state_->set.shape; }
const Preprocessed& TileSource::preprocessed() const { return state_->set.preprocessed; }
const std::vector<SampleId>& TileSource::ids() const { return state_->ids; }
void TileSource::check_epochs(std::uint32_t, std::uint32_t) const {}

void TileSource::announce(std::uint32_t, Index rank) {
  const auto at = static_cast<std::size_t>(rank);
  if (state_->kept[at] != nullptr) return;
  const auto& row = state_->set.rows[at];
  announce_tile(state_->set.shards[row.shard], row.index, state_->set.tile);
}

RawSample* TileSource::read(const Sample& sample) {
  State& s = *state_;
  Tile*& kept = s.kept[static_cast<std::size_t>(sample.rank)];
  if (kept != nullptr) return kept;
  Tile* tile = s.tiles.take(s.set.tile);
  const auto& row = s.set.rows[static_cast<std::size_t>(sample.rank)];
  fetch_tile(s.set.shards[row.shard], row.index, s.set.tile, tile->encoded);
  const std::int64_t bytes = bytes_of(tile->picture);
  if (s.kept_bytes + bytes <= s.config.memory) {
    s.kept_bytes += bytes;
    tile->kept = true;
    kept = tile;
  }
  return tile;
}

void TileSource::make(const Sample& sample, RawSample* raw) {
  State& s = *state_;
  Tile& tile = *static_cast<Tile*>(raw);
  if (tile.kept) {
    // Samples of two epochs may be made from it at once.
    const std::lock_guard lock(tile.decoding);
    if (!tile.decoded) {
      decode_tile(tile.encoded, s.set.shape.classes, tile.picture.buffer());
      tile.encoded = {};
      tile.decoded = true;
    }
  } else {
    decode_tile(tile.encoded, s.set.shape.classes, tile.picture.buffer());
  }
  Scratch& scratch = s.scratch.local();
  augment(s.config.augment, sample.epoch,
          static_cast<std::uint64_t>(s.ids[static_cast<std::size_t>(sample.rank)].pack()),
          tile.picture.view(), {sample.input, sample.label, scratch.instances.plane()},
          scratch.augment);
  weight_map(s.config.weight_map, s.set.shape.classes, sample.label, scratch.instances.plane(),
             sample.weight, scratch.weight_map);
  if (!tile.kept) s.tiles.give_back(&tile);
}

Index TileSource::tiles_in_memory() const { return state_->tiles.size(); }

}  // namespace unetflow
