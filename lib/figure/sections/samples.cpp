// Some of the samples that the trainer sees.
#include <fmt/format.h>

#include <algorithm>

#include "artifact/sample_shard.hpp"
#include "figure/live_training.hpp"
#include "figure/report_builder.hpp"
#include "figure/sample_figures.hpp"

namespace unetflow::section {
namespace {

std::string name_of(const Artifact& shard, const SampleKey& key) {
  const auto found = find_picture({&shard}, key.sample.picture);
  const std::string image =
      found ? found->second.name : fmt::format("image number {}", key.sample.picture);
  return fmt::format("Tile {} of {}, epoch {}", key.sample.tile, image, key.epoch);
}

}  // namespace

void samples(ReportBuilder& builder) {
  if (!builder.training.empty()) {
    const auto latest = latest_samples(builder);
    if (latest.empty()) return;
    builder.page.section("Samples, the latest first");
    return builder.draw(samples_figure(latest));
  }
  const auto* const augmented = first_filled(builder.of("augmented"));
  if (augmented == nullptr) return;
  const ShardReader shard(augmented->path);
  const auto keys = read_keys(shard);
  const auto wanted = std::min(keys.size(), static_cast<size_t>(2 * builder.config.examples));
  std::vector<NamedSample> chosen;
  for (size_t i = 0; i < wanted; ++i) {
    const size_t at = i * keys.size() / wanted;
    NamedSample sample{name_of(*augmented, keys[at]), TileShape::of(shard).memory()};
    read_tile(shard, static_cast<std::int64_t>(at), sample.tile.buffer());
    chosen.push_back(std::move(sample));
  }
  builder.page.section("Samples");
  builder.draw(samples_figure(chosen));
}

}  // namespace unetflow::section
