#include "flow/shard_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <set>
#include <system_error>
#include <thread>
#include <tuple>

#include "core/error.hpp"
#include "core/threads.hpp"

namespace unetflow {
namespace {

std::string describe(const TileShape& tile, int classes) {
  return fmt::format("{} channels, input {}, output {}, {} classes, {} instances", tile.channels,
                     tile.input_size, tile.output_size, classes, tile.instances ? "with" : "no");
}

/// The indices of a shard's images that train.
std::set<std::int64_t> training_pictures(const Manifest& manifest, const PictureSplit& split) {
  std::set<std::int64_t> indices;
  for (const auto& entry : split.entries(manifest, {"train"})) indices.insert(entry.index);
  return indices;
}

auto order(const ShardSet::Row& row) { return std::tuple(row.key.epoch, row.key.sample); }

}  // namespace

void verify_together(const std::vector<std::filesystem::path>& manifests) {
  // Read one by one: schemas are kept when they are first asked for, and libstdc++'s regular
  // expressions fill a table that all share. What cannot be read, whoever opens it meets the same.
  std::vector<Manifest> read;
  for (const auto& path : manifests) {
    try {
      read.push_back(read_manifest(path));
    } catch (const std::exception&) {
    }
  }
  std::atomic<std::size_t> next = 0;
  const auto verify = [&] {
    for (std::size_t i = next++; i < read.size(); i = next++) {
      try {
        verify_digests(read[i]);
      } catch (const std::exception&) {
      }
    }
  };
  const auto threads = std::min(read.size(), static_cast<std::size_t>(available_threads()));
  std::vector<std::thread> others;
  try {
    while (others.size() + 1 < threads) others.emplace_back(verify);
  } catch (const std::system_error&) {
    // Where threads are refused, those that there are do it all.
  }
  verify();
  for (auto& other : others) other.join();
}

ShardSet open_shards(const std::vector<std::filesystem::path>& manifests, const std::string& kind,
                     const PictureSplit& split) {
  verify_together(manifests);
  ShardSet set;
  std::string first, expected;  // path of the first shard with samples, and what they look like
  for (const auto& path : manifests) {
    set.shards.emplace_back(path, kind);
    const ShardReader& shard = set.shards.back();
    const auto keys = read_keys(shard);
    if (keys.empty()) continue;  // no images, so their shape is unknown
    const TileShape tile = TileShape::of(shard);
    const int classes = shard.manifest().classes();
    const std::string found = describe(tile, classes);
    if (expected.empty()) {
      set.tile = tile;
      set.shape = {tile.channels, tile.input_size, tile.output_size, classes};
      first = path.string();
      expected = found;
    }
    if (found != expected) {
      throw InputError(path.string(), fmt::format("holds samples of {}; {} holds samples of {}",
                                                  found, first, expected));
    }
    const Preprocessed said = {path.string(), preprocessing_of(shard.manifest().contents)};
    if (set.preprocessed.name.empty()) set.preprocessed = said;
    set.preprocessed.preprocessing = joined(set.preprocessed, said);
    // Without a split there is nothing to leave out: tiles are only cut of images that may train.
    const auto training =
        split.given() ? training_pictures(shard.manifest(), split) : std::set<std::int64_t>();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (split.given() && !training.contains(keys[i].sample.picture)) continue;
      set.rows.push_back({keys[i], set.shards.size() - 1, static_cast<std::int64_t>(i)});
    }
  }
  if (set.rows.empty()) {
    throw InputError(
        manifests.empty() ? "input" : manifests.front().string(),
        fmt::format("none of the {} shards holds a sample{}; expected an image with "
                    "annotated pixels that trains",
                    kind, split.given() ? " of an image that trains by the split" : ""));
  }
  std::stable_sort(set.rows.begin(), set.rows.end(),
                   [](const auto& a, const auto& b) { return order(a) < order(b); });
  const auto twice =
      std::adjacent_find(set.rows.begin(), set.rows.end(),
                         [](const auto& a, const auto& b) { return order(a) == order(b); });
  if (twice != set.rows.end()) {
    throw InputError(
        set.shards[(twice + 1)->shard].path().string(),
        fmt::format("holds {}, epoch {}, which is in {} already", twice->key.sample.name(),
                    twice->key.epoch, set.shards[twice->shard].path().string()));
  }
  return set;
}

}  // namespace unetflow
