// Trains a network: tiles/, or augmented/ and weights/ -> model/. If it was stopped or killed, it
// resumes from its newest checkpoint when it is run again.
#include <fmt/format.h>

#include "artifact/safetensors.hpp"
#include "core/error.hpp"
#include "core/memory.hpp"
#include "core/openmp.hpp"
#include "core/stop_signal.hpp"
#include "flow/sample_stream.hpp"
#include "flow/stored_source.hpp"
#include "flow/tile_source.hpp"
#include "stage.hpp"
#include "training/trainer.hpp"
#include "training/validation.hpp"

using namespace unetflow;

namespace {

/// How tiles become samples on the fly.
TileSourceConfig sample_config(const fs::path& augment, const fs::path& weightmap) {
  TileSourceConfig config;
  if (!augment.empty()) config.augment = load_config<AugmentConfig>(augment);
  check_augment(config.augment, augment.string());
  if (!weightmap.empty()) config.weight_map = load_config<WeightMapConfig>(weightmap);
  return config;
}

std::unique_ptr<SampleSource> open_samples(const Stage& stage, const TileSourceConfig& config,
                                           const PictureSplit& split) {
  const auto tiles = stage.inputs_of("tiles");
  if (!tiles.empty()) return std::make_unique<TileSource>(config, tiles, split);
  return std::make_unique<StoredSource>(stage.inputs_of("augmented"), stage.inputs_of("weights"),
                                        split);
}

}  // namespace

constexpr int kRevision = 2;

int main(int argc, char** argv) {
  use_passive_openmp_wait(argv);
  Stage stage(
      "train", kRevision,
      "Trains a network on tile shards, augmented and weighted on the fly; or on augmented shards "
      "and their weight maps. A split among the inputs says which images train; images shards "
      "serve for validation.",
      "unetflow-train --config pipelines/em2012/train.json"
      " --augment pipelines/em2012/augment.json --weightmap pipelines/em2012/weightmap.json"
      " --input work/em2012/split/split.json work/em2012/tiles/*.json"
      " --output work/em2012/model/model.json");
  fs::path augment, weightmap, start;
  stage.option("--augment", augment, "Configuration of augment, for training on tiles");
  stage.option("--weightmap", weightmap, "Configuration of weightmap, for training on tiles");
  stage.option("--start", start,
               "Weights to start from, a safetensors file: another model's, or VGG-16's for fcn8s");
  stage.takes({"tiles", "augmented", "weights", "images", "split"});
  return stage.run(argc, argv, [&] {
    retain_freed_memory();
    const auto config = stage.config<TrainConfig>();
    const auto samples_config = sample_config(augment, weightmap);
    const bool on_the_fly = !stage.inputs_of("tiles").empty();
    if (!on_the_fly && stage.inputs_of("augmented").empty()) {
      throw InputError("--input", "has no tiles, nor augmented shards and their weights");
    }
    Json recorded = config;
    if (on_the_fly) recorded["augment"] = samples_config.augment;
    if (on_the_fly) recorded["weightmap"] = samples_config.weight_map;
    if (!start.empty()) recorded["start"] = stage.digest(start);
    const Manifest identity = stage.manifest("model", recorded);
    if (stage.up_to_date(identity)) return;

    const auto split = PictureSplit::of(stage.inputs_of("split"));
    auto source = open_samples(stage, samples_config, split);
    const SampleShape& shape = source->shape();
    const auto samples = static_cast<std::int64_t>(source->ids().size());
    Trainer trainer(config,
                    {samples, shape.channels, shape.classes, shape.input_size, shape.output_size},
                    stage.threads, stage.config_path.string());
    if (!start.empty()) trainer.start_from(read_safetensors(start), start.string());
    const Validation validation(config, shape.output_size, stage.inputs_of("images"), split,
                                stage.threads);

    const CheckpointFolder checkpoints(stage.output.parent_path() / "checkpoints", identity);
    const auto found = checkpoints.load([&](const auto& line) { stage.say(line); });
    if (found) {
      trainer.resume(*found, "checkpoint");
      stage.say(fmt::format("resumes after update {}", trainer.position().step));
    }
    TrainingLogWriter log(checkpoints.log(), found ? found->log_bytes : 0);
    const TrainingPosition position = trainer.position();
    const int data_threads = trainer.data_threads();
    stage.say(fmt::format("{} threads train, {} make samples", stage.threads, data_threads));
    SampleStream batches({config.seed, config.batch, config.epochs, position.epoch,
                          position.samples_done, data_threads},
                         std::move(source));

    const StopSignal signal;
    TrainingHooks hooks;
    auto progress = stage.progress("train", samples * config.epochs, "samples",
                                   samples * position.epoch + position.samples_done);
    hooks.progress = [&](Index count, const auto& note) { progress.advance(count, note); };
    hooks.save = [&](const Checkpoint& checkpoint) { checkpoints.save(checkpoint); };
    hooks.log = [&](const std::string& line) { log.append(line); };
    hooks.validate = [&](const Network& network) { return validation.measure(network); };
    hooks.stop = [&] { return signal.raised(); };
    if (!trainer.run(batches, hooks)) {
      throw Error(
          fmt::format("stopped after update {}; run again to resume", trainer.position().step));
    }

    ArtifactWriter model(stage.output);
    write_safetensors(model.file("model.safetensors"), trainer.weights(), {{"format", "pt"}});
    fs::copy_file(checkpoints.log(), model.file("metrics.jsonl"),
                  fs::copy_options::overwrite_existing);
    Manifest manifest = identity;
    manifest.contents = trainer.summary();
    model.commit(std::move(manifest));
    checkpoints.remove();
    stage.log = trainer.timing();
    stage.log["data_threads"] = data_threads;
  });
}
