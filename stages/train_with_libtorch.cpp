#include "train_with_libtorch.hpp"

#include <fmt/format.h>

#include "artifact/safetensors.hpp"
#include "artifact/training_run.hpp"
#include "communication/communicator.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/memory.hpp"
#include "core/stop_signal.hpp"
#include "flow/sample_stream.hpp"
#include "flow/stored_source.hpp"
#include "network/gpu.hpp"
#include "network/model.hpp"
#include "training/accumulation.hpp"
#include "training/checkpoint_place.hpp"
#include "training/trainer.hpp"
#include "training/validation.hpp"

namespace unetflow {
namespace {

std::unique_ptr<SampleSource> open_samples(const Stage& stage, const TileSourceConfig& config,
                                           const PictureSplit& split) {
  const auto tiles = stage.inputs_of("tiles");
  if (!tiles.empty()) return std::make_unique<TileSource>(config, tiles, split);
  return std::make_unique<StoredSource>(stage.inputs_of("augmented"), stage.inputs_of("weights"),
                                        split);
}

/// Ends the run if it was asked to: loading takes its time, too.
void check_stop(const StopSignal& signal) {
  if (!signal.raised()) return;
  throw Error(fmt::format("stopped by {} before training began; run it again", signal.name()));
}

/// Saves a checkpoint. If that fails when the run was asked to stop, the error says both.
void save(CheckpointFolder& checkpoints, const Checkpoint& checkpoint, const StopSignal& signal) {
  try {
    checkpoints.save(checkpoint);
  } catch (const std::exception& error) {
    if (!signal.raised()) throw;
    throw Error(fmt::format("stopped by {} after update {}, and its checkpoint is not saved: {}",
                            signal.name(), checkpoint.position.step, error.what()));
  }
}

std::string digest_of(const Tensors& weights) {
  Sha256 digest;
  for (const auto& [name, tensor] : weights) digest.update(tensor.bytes);
  return digest.hex();
}

/// Throws Error unless all processes would do the same from here on.
void check_alike(Communicator& processes, const Trainer& trainer) {
  if (processes.size() == 1) return;
  const auto all = processes.all(Json({{"computation", trainer.computation()},
                                       {"position", trainer.position()},
                                       {"weights", digest_of(trainer.weights())}})
                                     .dump());
  for (size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank] == all[0]) continue;
    throw Error(fmt::format("rank {} of {} would train otherwise than the first: {} instead of {}",
                            rank, all.size(), all[rank], all[0]));
  }
}

/// Writes the model that the trainer has made.
void write_model(Stage& stage, const TrainJob& job, const Trainer& trainer, const fs::path& log,
                 const Json& preprocessing) {
  ArtifactWriter model(stage.output);
  write_safetensors(model.file("model.safetensors"), trainer.weights(),
                    weights_metadata(preprocessing));
  model.copy("metrics.jsonl", log);
  Manifest manifest = job.identity;
  manifest.contents = trainer.summary();
  manifest.contents["preprocessing"] = preprocessing;
  stage.log = trainer.timing();
  stage.log["data_threads"] = trainer.data_threads();
  if (stage.processes().size() > 1) stage.log["processes"] = stage.processes().size();
  stage.commit(model, std::move(manifest));
}

}  // namespace

void train(Stage& stage, const TrainJob& job) {
  const StopSignal signal;
  retain_freed_memory();
  const TrainConfig& config = job.config;
  Communicator& processes = stage.processes();
  const bool first = processes.is_first();
  const auto split = PictureSplit::of(stage.inputs_of("split"));
  auto source = open_samples(stage, job.samples, split);
  check_stop(signal);
  const SampleShape& shape = source->shape();
  const Preprocessed tiles = source->preprocessed();
  const auto samples = static_cast<std::int64_t>(source->ids().size());
  Trainer trainer(config,
                  {samples, shape.channels, shape.classes, shape.input_size, shape.output_size},
                  stage.threads, stage.config_place(), processes);
  if (!job.start.empty()) {
    const StartWeights start = read_start_weights(job.start);
    trainer.start_from(start.tensors, job.start.string());
    for (const auto& difference : differences(tiles, start.trained_on)) {
      stage.warn(tiles.name + " " + difference);
    }
  }
  if (job.frozen_encoder) trainer.freeze_encoder();
  check_stop(signal);
  std::optional<Validation> validation;
  if (first) {
    validation.emplace(config, shape.output_size, tiles, stage.inputs_of("images"), split,
                       stage.threads);
  }
  check_stop(signal);

  CheckpointFolder checkpoints(checkpoints_of(stage.output), job.identity, trainer.computation());
  const auto log_bytes = checkpoints.resume(
      [&](const Checkpoint& found, const auto& place) { trainer.resume(found, place); },
      [&](const auto& line) { stage.say(line); });
  for (const auto& line : device_lines(config.device, trainer.arithmetic(), stage.threads)) {
    stage.say(line);
  }
  check_alike(processes, trainer);
  const TrainingPosition position = trainer.position();
  if (log_bytes) stage.say(fmt::format("resumes after update {}", position.step));
  std::optional<TrainingLogWriter> log;
  if (first) {
    log.emplace(checkpoints.log(), log_bytes.value_or(0));
    const AccumulationGroups updates{config.accumulation_steps, divided_up(samples, config.batch)};
    write_training_run(checkpoints.log(), {updates.count() * config.epochs, position.step, samples,
                                           job.identity.config});
  }
  const int data_threads = trainer.data_threads();
  stage.say(fmt::format("{} thread{} make{} samples", data_threads, data_threads == 1 ? "" : "s",
                        data_threads == 1 ? "s" : ""));
  if (processes.size() > 1) {
    stage.say(fmt::format("{} processes share out the {} batches of each update", processes.size(),
                          config.accumulation_steps));
  }
  SampleStream batches(
      {config.seed, config.batch, config.epochs, position.epoch, position.samples_done,
       trainer.share(), data_threads, &trainer.batch_memory()},
      std::move(source));

  TrainingHooks hooks;
  auto progress = stage.progress("train", samples * config.epochs, "samples",
                                 samples * position.epoch + position.samples_done);
  hooks.progress = [&](Index count, const auto& note) { progress.advance(count, note); };
  hooks.say = [&](const auto& line) { stage.warn(line); };
  hooks.stop = [&] {
    processes.check();
    return signal.raised();
  };
  hooks.validate = [&](const Network& network) { return validation->measure(network, hooks.stop); };
  if (first) {
    hooks.save = [&](const Checkpoint& checkpoint) { save(checkpoints, checkpoint, signal); };
    hooks.log = [&](const std::string& line) { log->append(line); };
  }
  if (!trainer.run(batches, hooks)) {
    std::string name;
    for (const auto& one : processes.all(signal.name())) name = name.empty() ? one : name;
    if (!first) processes.all("");  // the first tells, and ends this
    throw Error(fmt::format("stopped by {} after update {}; run again to resume", name,
                            trainer.position().step));
  }

  if (first) write_model(stage, job, trainer, checkpoints.log(), tiles.preprocessing);
}

}  // namespace unetflow
