#include "figure/live_training.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "artifact/training_log.hpp"
#include "artifact/training_run.hpp"
#include "core/random.hpp"
#include "figure/report_builder.hpp"
#include "figure/training_figures.hpp"
#include "flow/tile_source.hpp"

namespace unetflow {
namespace {

std::string in_words(double seconds) {
  return seconds < 5400 ? fmt::format("{:.0f} min", seconds / 60)
                        : fmt::format("{:.1f} h", seconds / 3600);
}

std::int64_t done_updates(const TrainingLog& log) {
  return log.loss.empty() ? 0 : static_cast<std::int64_t>(log.loss.back()[0]) + 1;
}

std::vector<fs::path> paths_of(const std::vector<const Artifact*>& artifacts) {
  std::vector<fs::path> paths;
  for (const auto* artifact : artifacts) paths.push_back(artifact->path);
  return paths;
}

std::string name_of(const std::vector<const Artifact*>& tiles, const SampleId& id,
                    std::int64_t epoch) {
  const auto found = find_picture(tiles, id.picture);
  return fmt::format("Tile {} of {}, epoch {}", id.tile,
                     found ? found->second.name : fmt::format("image number {}", id.picture),
                     epoch);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> live_numbers(const ReportBuilder& builder) {
  const TrainingLog log = read_training_log(builder.training);
  const auto run = read_training_run(builder.training);
  const std::int64_t done = done_updates(log);
  std::vector<std::pair<std::string, std::string>> numbers = {
      {std::to_string(done), run ? fmt::format("of {} updates", run->updates) : "updates"}};
  if (!log.loss.empty()) {
    constexpr size_t kWindow = 20;
    numbers.push_back(
        {fmt::format("{:.4f}", running_mean(log.loss, kWindow).back()[1]),
         fmt::format("loss, mean of {} updates", std::min(kWindow, log.loss.size()))});
  }
  for (const auto& [name, series] : log.validation) {
    numbers.push_back({fmt::format("{:.4f}", series.back()[1]), name + ", validation"});
  }
  const auto left = run ? seconds_left(builder.training, *run, done) : std::nullopt;
  if (left) numbers.push_back({in_words(*left), "left at most, when this page was drawn"});
  return numbers;
}

std::vector<NamedSample> latest_samples(const ReportBuilder& builder) {
  const auto run = read_training_run(builder.training);
  const auto tiles = builder.of("tiles");
  if (!run || tiles.empty() || !run->config.contains("augment")) return {};
  const std::int64_t batch = run->config.at("batch"), steps = run->config.at("accumulation_steps");
  const std::int64_t updates = divided_up(divided_up(run->samples, batch), steps);  // per epoch
  const std::int64_t done = done_updates(read_training_log(builder.training));
  if (done == 0) return {};
  const std::int64_t epoch = (done - 1) / updates;
  const std::int64_t learned = std::min((done - epoch * updates) * batch * steps, run->samples);

  TileSourceConfig config;
  config.augment = run->config.at("augment").get<AugmentConfig>();
  TileSource source(config, paths_of(tiles), PictureSplit::of(paths_of(builder.of("split"))));
  const auto& ids = source.ids();
  if (std::ssize(ids) != run->samples) return {};  // tiles of another training
  const std::uint64_t seed = run->config.at("seed");
  const auto order = random_permutation(
      random_key(seed, Purpose::kOrder, static_cast<std::uint32_t>(epoch)), run->samples);
  const auto& shape = source.shape();
  std::vector<NamedSample> samples;
  for (std::int64_t i = learned; i-- > 0 && std::ssize(samples) < 2 * builder.config.examples;) {
    const Index rank = order[static_cast<size_t>(i)];
    NamedSample sample{name_of(tiles, ids[static_cast<size_t>(rank)], epoch),
                       {Picture<float>(shape.channels, shape.input_size, shape.input_size),
                        Picture<std::uint8_t>(shape.output_size, shape.output_size),
                        {}}};
    Picture<float> weight(shape.output_size, shape.output_size);
    const Sample made{static_cast<std::uint32_t>(epoch), rank, sample.tile.input.stack(),
                      sample.tile.label.plane(), weight.plane()};
    source.make(made, source.read(made));
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace unetflow
