#include "flow/shard_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/error.hpp"

namespace unetflow {
namespace {

std::string describe(const TileShape& tile, int classes) {
  return fmt::format("{} channels, input {}, output {}, {} classes, {} instances", tile.channels,
                     tile.input_size, tile.output_size, classes, tile.instances ? "with" : "no");
}

auto order(const ShardSet::Row& row) { return std::tuple(row.key.epoch, row.key.sample); }

}  // namespace

ShardSet open_shards(const std::vector<std::filesystem::path>& manifests, const std::string& kind) {
  ShardSet set;
  std::string first;  // shard with samples, and what they look like
  std::string expected;
  for (const auto& path : manifests) {
    set.shards.emplace_back(path, kind);
    const ShardReader& shard = set.shards.back();
    const auto keys = read_keys(shard);
    if (keys.empty()) continue;  // it had no pictures, and says nothing of their shape
    const TileShape tile = TileShape::of(shard);
    const int classes = shard.manifest().classes();
    const std::string found = describe(tile, classes);
    if (set.rows.empty()) {
      set.tile = tile;
      set.shape = {tile.channels, tile.input_size, tile.output_size, classes};
      first = path.string();
      expected = found;
    }
    if (found != expected) {
      throw InputError(path.string(), fmt::format("holds samples of {}; {} holds samples of {}",
                                                  found, first, expected));
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      set.rows.push_back({keys[i], set.shards.size() - 1, static_cast<std::int64_t>(i)});
    }
  }
  if (set.rows.empty()) {
    throw InputError(manifests.empty() ? "input" : manifests.front().string(),
                     fmt::format("no {} shard holds a sample", kind));
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
