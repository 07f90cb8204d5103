#include "flow/stored_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "flow/pool.hpp"
#include "flow/shard_set.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;

/// Throws InputError unless both shards hold the same samples in the same order.
void check_same_samples(const ShardReader& augmented, const ShardReader& weights) {
  const auto expected = read_keys(augmented), found = read_keys(weights);
  const bool equal = std::equal(expected.begin(), expected.end(), found.begin(), found.end(),
                                [](const SampleKey& a, const SampleKey& b) {
                                  return a.sample == b.sample && a.epoch == b.epoch;
                                });
  if (!equal) {
    throw InputError(weights.path().string(),
                     "holds weights of other samples than " + augmented.path().string());
  }
}

/// The weights shards in the order of the augmented shards they were made from.
std::vector<ShardReader> pair_weights(const std::vector<ShardReader>& augmented,
                                      const std::vector<fs::path>& weights) {
  verify_together(weights);
  std::map<std::string, fs::path> by_input;  // digest of the input's manifest -> weights shard
  for (const auto& path : weights) {
    for (const auto& input : read_manifest(path, "weights").inputs) by_input[input.sha256] = path;
  }
  std::vector<ShardReader> paired;
  for (const auto& shard : augmented) {
    const auto found = by_input.find(shard.manifest().sha256);
    if (found == by_input.end()) {
      throw InputError(shard.path().string(),
                       "none of the weights shards was made from it; expected one that names its "
                       "SHA-256 among its inputs");
    }
    paired.emplace_back(found->second, "weights");
    check_same_samples(shard, paired.back());
  }
  return paired;
}

/// A sample as stored in its shards.
struct Stored final : RawSample {
  EncodedTile tile;
  Chunk weight;
};

}  // namespace

struct StoredSource::State {
  ShardSet set;
  std::vector<ShardReader> weights;
  std::vector<SampleId> ids;
  std::map<std::uint32_t, std::size_t> first_row;  ///< of each epoch, in set.rows

  Pool<Stored> stored;

  State(const std::vector<fs::path>& augmented_, const std::vector<fs::path>& weights_,
        const PictureSplit& split)
      : set(open_shards(augmented_, "augmented", split)),
        weights(pair_weights(set.shards, weights_)) {
    set.tile.instances = false;  // needed for weights only, which are read
    for (std::size_t row = 0; row < set.rows.size(); ++row) {
      ids.push_back(set.rows[row].key.sample);
      first_row.try_emplace(static_cast<std::uint32_t>(set.rows[row].key.epoch), row);
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }

  const ShardSet::Row& row_of(std::uint32_t epoch, Index rank) const {
    return set.rows[first_row.at(epoch) + static_cast<std::size_t>(rank)];
  }

  /// The shards' folder, for messages about all of them.
  std::string place() const { return set.shards.front().path().parent_path().string(); }
};

StoredSource::StoredSource(const std::vector<fs::path>& augmented,
                           const std::vector<fs::path>& weights, const PictureSplit& split)
    : state_(std::make_unique<State>(augmented, weights, split)) {}
StoredSource::~StoredSource() = default;

const SampleShape& StoredSource::shape() const { return state_->set.shape; }
const Preprocessed& StoredSource::preprocessed() const { return state_->set.preprocessed; }
const std::vector<SampleId>& StoredSource::ids() const { return state_->ids; }

void StoredSource::check_epochs(std::uint32_t first, std::uint32_t end) const {
  const State& s = *state_;
  for (std::uint32_t epoch = first; epoch < end; ++epoch) {
    const auto start = s.first_row.find(epoch);
    if (start == s.first_row.end()) {
      std::vector<std::uint32_t> held;
      for (const auto& [number, row] : s.first_row) held.push_back(number);
      throw InputError(s.place(),
                       fmt::format("epoch {} is in none of the augmented shards, which hold {}; "
                                   "expected {} to {}",
                                   epoch, fmt::join(held, ", "), first, end - 1));
    }
    for (std::size_t rank = 0; rank < s.ids.size(); ++rank) {
      const std::size_t row = start->second + rank;
      if (row >= s.set.rows.size() || s.set.rows[row].key.sample != s.ids[rank] ||
          s.set.rows[row].key.epoch != static_cast<std::int32_t>(epoch)) {
        throw InputError(s.place(), fmt::format("epoch {} of {} is in none of the augmented shards",
                                                epoch, s.ids[rank].name()));
      }
    }
  }
}

void StoredSource::announce(std::uint32_t epoch, Index rank) {
  const auto& row = state_->row_of(epoch, rank);
  announce_tile(state_->set.shards[row.shard], row.index, state_->set.tile);
  state_->weights[row.shard].announce("weight", row.index);
}

RawSample* StoredSource::read(const Sample& sample) {
  State& s = *state_;
  const auto& row = s.row_of(sample.epoch, sample.rank);
  Stored* stored = s.stored.take();
  fetch_tile(s.set.shards[row.shard], row.index, s.set.tile, stored->tile);
  fetch_weight(s.weights[row.shard], row.index, s.set.tile.output_size, stored->weight);
  return stored;
}

void StoredSource::make(const Sample& sample, RawSample* raw) {
  Stored& stored = *static_cast<Stored*>(raw);
  decode_tile(stored.tile, state_->set.shape.classes, {sample.input, sample.label, {}});
  decode_weight(stored.weight, sample.weight);
  state_->stored.give_back(&stored);
}

}  // namespace unetflow
