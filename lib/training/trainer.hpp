// Training: batches in, weights out. The trainer does not know where samples come from, nor of
// artifacts. It can be stopped after any update; resuming from the checkpoint gives bit-identical
// results (on a CPU, with the same number of threads). Several processes can train one network
// together: they share out the batches of each update, and all do the same with the sums.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>

#include "artifact/training_log.hpp"
#include "flow/batch.hpp"
#include "image/view.hpp"
#include "training/checkpoint.hpp"
#include "training/train_config.hpp"

namespace unetflow {

struct Arithmetic;
class Communicator;
class Network;

/// What the trainer must know of the samples.
struct TrainingData {
  std::int64_t samples = 0;  ///< per epoch
  Index channels = 1;
  Index classes = 2;
  Index input_size = 0;   ///< px
  Index output_size = 0;  ///< px
};

/// What a training reports and asks. Any may be empty. Of several processes only the first tells,
/// measures and saves.
struct TrainingHooks {
  /// After each batch, or one of each process: the samples in it; loss and waiting time in words.
  std::function<void(Index samples, const std::string& note)> progress;
  /// What the user should know of how training ends.
  std::function<void(const std::string& line)> say;
  /// A line of the training log.
  std::function<void(const std::string& line)> log;
  /// Measures the network as it is now; called every `validation.every` epochs. Nothing if it was
  /// stopped.
  std::function<std::optional<ValidationScores>(const Network&)> validate;
  std::function<void(const Checkpoint&)> save;
  /// Whether to stop now. What has been learned since the last checkpoint is saved before run()
  /// returns.
  std::function<bool()> stop;
};

class Trainer {
 public:
  /// Draws the first weights. `threads` are LibTorch's, for the whole process; results depend on
  /// their number. `place` names the configuration in errors. Throws InputError if the network does
  /// not take such samples or the device is missing.
  Trainer(const TrainConfig& config, const TrainingData& data, int threads,
          const std::string& place);
  /// The same for one of several processes, which all call the same functions; each update needs a
  /// batch for each of them, or this throws InputError.
  Trainer(const TrainConfig& config, const TrainingData& data, int threads,
          const std::string& place, Communicator& processes);
  ~Trainer();
  Trainer(Trainer&&) noexcept;

  /// Starts from these weights instead of drawn ones, as the architecture takes them. Throws
  /// InputError(place, ...) naming a tensor that does not fit.
  void start_from(const Tensors& weights, const std::string& place);
  /// From now on the encoder's weights stay as they are: they get no gradients, and the optimiser
  /// keeps no state of them. Before resume().
  void freeze_encoder();
  /// Resumes from a checkpoint. Throws InputError(place, ...) unless this training can have come
  /// to it: position, counts, and each tensor's name, shape and values. Then nothing has changed.
  void resume(const Checkpoint& checkpoint, const std::string& place);
  /// Where it computes, and how precisely.
  const Arithmetic& arithmetic() const;
  /// What the result depends on besides configuration and inputs, see computation.hpp.
  Json computation() const;
  /// Where training starts, and so where the batches must.
  TrainingPosition position() const;
  /// Which batches are this process's.
  BatchShare share() const;
  /// Threads to make samples with. On a CPU one for each eight of LibTorch's: a sample costs a
  /// thousandth of a step, so more would only get in the way. On a GPU all but the trainer's own.
  int data_threads() const;
  /// Where batches should lie, so that the device reads them while it computes.
  std::pmr::memory_resource& batch_memory() const;
  /// How many batches may have been launched whose losses are still to be computed, while the host
  /// goes on to the next one. By default 1 on a GPU, which then never waits for the host, and 0 on
  /// a processor. Results do not depend on it.
  void keep_launched(int batches);
  /// Trains on the batches from position() on that are this process's. False if it was stopped
  /// before the end: after an update, in a measurement, or before anything. Throws Error naming the
  /// samples if the loss is not finite.
  bool run(BatchSource& batches, const TrainingHooks& hooks);

  /// The weights to keep: the best in the validation, else the moving average, else the last.
  Tensors weights() const;
  /// Network, device, precision, updates and the like, for the model's manifest.
  Json summary() const;
  /// How long run() took: milliseconds per batch (the median) and the fraction of the time spent
  /// waiting for samples. For the timing log.
  Json timing() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
