// Trains a network: tiles/, or augmented/ and weights/ -> model/. If it was stopped or killed, it
// resumes from its newest checkpoint when it is run again.
#include <fmt/format.h>

#include <map>

#include "artifact/safetensors.hpp"
#include "core/digest.hpp"
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

std::map<std::string, std::vector<fs::path>> inputs_by_kind(const std::vector<fs::path>& paths) {
  std::map<std::string, std::vector<fs::path>> inputs = {
      {"tiles", {}}, {"augmented", {}}, {"weights", {}}, {"images", {}}, {"split", {}}};
  for (const auto& path : paths) {
    const std::string kind = read_manifest(path).kind;
    const auto found = inputs.find(kind);
    if (found == inputs.end()) {
      throw InputError(path.string(), "is of kind \"" + kind +
                                          "\", expected \"tiles\", \"augmented\", \"weights\", "
                                          "\"images\" or \"split\"");
    }
    found->second.push_back(path);
  }
  return inputs;
}

std::unique_ptr<SampleSource> open_samples(const fs::path& augment, const fs::path& weightmap,
                                           std::map<std::string, std::vector<fs::path>>& inputs,
                                           const PictureSplit& split, Json& recorded) {
  if (inputs["tiles"].empty()) {
    return std::make_unique<StoredSource>(inputs["augmented"], inputs["weights"], split);
  }
  TileSourceConfig config;
  if (!augment.empty()) config.augment = load_config<AugmentConfig>(augment);
  check_augment(config.augment, augment.string());
  if (!weightmap.empty()) config.weight_map = load_config<WeightMapConfig>(weightmap);
  recorded["augment"] = config.augment;
  recorded["weightmap"] = config.weight_map;
  return std::make_unique<TileSource>(config, inputs["tiles"], split);
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
  return stage.run(argc, argv, [&] {
    retain_freed_memory();
    const auto config = stage.config<TrainConfig>();
    auto inputs = inputs_by_kind(stage.inputs);
    if (inputs["tiles"].empty() && inputs["augmented"].empty()) {
      throw InputError("--input", "has no tiles, nor augmented shards and their weights");
    }
    Json recorded = config;
    const auto split = PictureSplit::of(inputs["split"]);
    auto source = open_samples(augment, weightmap, inputs, split, recorded);
    if (!start.empty()) recorded["start"] = sha256_of_file(start);
    const Manifest identity = stage.manifest("model", recorded);
    const SampleShape& shape = source->shape();
    const auto samples = static_cast<std::int64_t>(source->ids().size());
    Trainer trainer(config,
                    {samples, shape.channels, shape.classes, shape.input_size, shape.output_size},
                    stage.threads, stage.config_path.string());
    if (!start.empty()) trainer.start_from(read_safetensors(start), start.string());
    const Validation validation(config, shape.output_size, inputs["images"], split, stage.threads);

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
