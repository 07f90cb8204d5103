#include "training/trainer.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <numeric>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/stopwatch.hpp"
#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/host_copy.hpp"
#include "network/loss.hpp"
#include "network/network.hpp"
#include "training/accumulation.hpp"
#include "training/best_weights.hpp"
#include "training/check_checkpoint.hpp"
#include "training/computation.hpp"
#include "training/device_batch.hpp"
#include "training/divergence.hpp"
#include "training/ema.hpp"
#include "training/recorded_step.hpp"
#include "training/time_limit.hpp"

namespace unetflow {
namespace {

// Prefixes of a checkpoint's tensors.
constexpr const char* kWeights = "weights/";
constexpr const char* kBest = "best/";

/// A batch that the device may still be computing: what is told once its loss is known.
struct Launched {
  HostCopy loss;
  std::int64_t step;
  std::uint32_t epoch;
  std::vector<SampleId> samples;
  std::int64_t group_size;
  std::optional<double> learning_rate;  ///< of the update that this batch ends
};

}  // namespace

struct Trainer::State {
  TrainConfig config;
  TrainingData data;
  int threads;
  AccumulationGroups groups;
  std::unique_ptr<Network> network;
  Optimiser optimiser;
  std::optional<Ema> ema;
  BatchUpload upload;
  std::optional<RecordedStep> recorded_step;  // on a GPU

  TrainingPosition position;  // after what has been launched
  std::deque<Launched> launched;
  size_t most_launched;   // losses that are not waited for; 0: each is, at once
  double loss_sum = 0;    // over the epoch's samples whose loss is known
  double group_loss = 0;  // mean over the batches of the group so far
  BestWeights best;

  TimeLimit time_limit;
  std::array<bool, 256> learned{};  // classes that this run has seen a pixel of

  // Measured since run() began.
  std::vector<double> batch_seconds;
  double waited = 0;

  State(const TrainConfig& config_, const TrainingData& data_, int threads_,
        std::unique_ptr<Network> network_)
      : config(config_),
        data(data_),
        threads(threads_),
        groups{config.accumulation_steps, divided_up(data.samples, config.batch)},
        network(std::move(network_)),
        optimiser(config.optimiser, *network),
        most_launched(network->arithmetic().device.is_cpu() ? 0 : 1),
        time_limit(config, planned_steps()) {
    if (network->arithmetic().device.is_cuda()) {
      recorded_step.emplace(
          *network,
          [this](const DeviceBatch& batch, std::uint64_t key, std::int64_t parts) {
            return forward_and_backward(batch, key, parts);
          },
          make_cuda_graph());
    }
    if (config.ema_decay > 0) ema.emplace(config.ema_decay, *network);
  }

  std::int64_t planned_steps() const { return groups.count() * config.epochs; }
  double rate_at(std::int64_t step) const {
    return learning_rate(config.schedule, config.optimiser.learning_rate, step, planned_steps());
  }
  double mean_loss() const { return loss_sum / static_cast<double>(position.samples_done); }
  /// Of the epoch's samples whose loss is known, and how long batches were waited for.
  std::string note(double seconds) const {
    auto known = position.samples_done;
    for (const Launched& batch : launched) known -= std::ssize(batch.samples);
    const std::string loss =
        known == 0 ? "" : fmt::format("mean loss {:.4f}, ", loss_sum / static_cast<double>(known));
    return fmt::format("{}waiting {:.1f} %", loss, 100 * waited / seconds);
  }
  Tensors current_weights() const { return ema ? ema->weights() : weights_of(*network); }

  /// Adds the gradients of the loss / `group_size` to the parameters' and returns the loss.
  at::Tensor forward_and_backward(const DeviceBatch& batch, std::uint64_t dropout_key,
                                  std::int64_t group_size) {
    const Arithmetic& arithmetic = network->arithmetic();
    at::Tensor loss;
    {
      const Autocast autocast(arithmetic.device.type(), arithmetic.bfloat16);
      loss = segmentation_loss(config.loss, network->forward(batch.input, dropout_key), batch.label,
                               batch.weight);
    }
    (group_size == 1 ? loss : loss / static_cast<double>(group_size)).backward();
    return loss.detach();
  }

  /// Adds the batch's gradients to those of its group and returns its loss, which a GPU may still
  /// be computing.
  at::Tensor add_gradients(const Batch& batch, std::int64_t group_size,
                           const TrainingHooks& hooks) {
    const DeviceBatch moved = upload.to(network->arithmetic(), batch);
    const auto key = random_key(config.seed, Purpose::kDropout, batch.epoch,
                                static_cast<std::uint64_t>(batch.first));
    if (recorded_step) {
      const auto whole = std::min<std::int64_t>(config.batch, data.samples);
      return recorded_step->run(moved, key, whole, group_size, hooks.say);
    }
    return forward_and_backward(moved, key, group_size);
  }

  /// Learns from a batch, as far as that can be done without waiting for the device. True if it was
  /// the last of its group, so that the weights change.
  bool learn(const Batch& batch, const TrainingHooks& hooks) {
    const std::int64_t number = batch.first / config.batch;
    const bool updates = groups.ends_after(number);
    const std::int64_t group_size = groups.size(number);
    for (const std::uint8_t id : batch.label) learned[id] = true;
    const double rate = rate_at(position.step);
    HostCopy loss(add_gradients(batch, group_size, hooks));
    launched.push_back({std::move(loss), position.step, batch.epoch, batch.samples, group_size,
                        updates ? std::optional(rate) : std::nullopt});
    if (updates) {
      optimiser.step(rate, position.step);
      if (ema) ema->update(position.step);
      ++position.step;
    }
    position.samples_done = batch.first + batch.size;
    tell_losses(most_launched, hooks);
    return updates;
  }

  /// Waits for the losses of all launched batches but the last `left`, checks and logs them.
  void tell_losses(size_t left, const TrainingHooks& hooks) {
    while (launched.size() > left) {
      const Launched batch = std::move(launched.front());
      launched.pop_front();
      const double loss = batch.loss.values().item<double>();
      check_loss(loss, batch.step, batch.epoch, batch.samples);
      loss_sum += loss * static_cast<double>(batch.samples.size());
      group_loss += loss / static_cast<double>(batch.group_size);
      if (!batch.learning_rate) continue;
      const double update_loss = std::exchange(group_loss, 0);
      if (hooks.log) {
        hooks.log(
            log_line(UpdateRecord{batch.step, batch.epoch, update_loss, *batch.learning_rate}));
      }
    }
  }

  /// After an epoch of which this run has learned from all samples.
  void tell_missing_classes(const TrainingHooks& hooks) const {
    for (Index id = 0; id < data.classes && hooks.say; ++id) {
      if (learned[static_cast<std::size_t>(id)]) continue;
      hooks.say(
          fmt::format("no sample of the first epoch has a pixel of class {}, which the network "
                      "cannot learn then",
                      id));
    }
  }

  bool epoch_is_over() const { return position.samples_done == data.samples; }

  /// Whether the validation says that training should end; nothing if it was stopped, and then the
  /// epoch is still to be ended.
  std::optional<bool> end_epoch(const TrainingHooks& hooks) {
    EpochRecord record{position.epoch, mean_loss(), {}};
    if (position.epoch == 0 && batch_seconds.size() == static_cast<std::size_t>(groups.batches)) {
      tell_missing_classes(hooks);
    }
    const auto done = static_cast<int>(position.epoch) + 1;
    if (config.validation.every > 0 && hooks.validate && done % config.validation.every == 0) {
      record.validation = validate(hooks);
      if (!record.validation) return {};
    }
    if (hooks.log) hooks.log(log_line(record));
    loss_sum = 0;
    position = {position.epoch + 1, 0, position.step};
    const bool ends =
        config.validation.patience > 0 && best.measurements_since() >= config.validation.patience;
    if (ends && position.epoch < config.epochs && hooks.say) {
      hooks.say(
          fmt::format("V_rand did not get better in {} measurements: training ends after epoch "
                      "{} of {} with the weights of epoch {}",
                      config.validation.patience, position.epoch, config.epochs, best.epoch() + 1));
    }
    return ends;
  }

  std::optional<ValidationScores> validate(const TrainingHooks& hooks) {
    check_weights(*network, position.step);
    if (ema) {
      ema->exchange();
      check_weights(*network, position.step);
    }
    const auto scores = hooks.validate(*network);
    if (scores) best.offer(scores->v_rand, position.epoch, [&] { return weights_of(*network); });
    if (ema) ema->exchange();
    return scores;
  }

  Checkpoint checkpoint() const {
    check_weights(*network, position.step);
    Checkpoint saved;
    saved.position = position;
    saved.progress = {{"loss_sum", loss_sum}, {"best", best.progress()}};
    saved.add(kWeights, weights_of(*network));
    saved.tensors.merge(optimiser.state());
    if (ema) saved.tensors.merge(ema->state());
    saved.add(kBest, best.weights());
    return saved;
  }

  /// All is checked before anything changes.
  void restore(const Checkpoint& checkpoint, const std::string& place) {
    check_position(config, data.samples, checkpoint.position, place);
    BestWeights then;
    then.restore(checkpoint.progress.at("best"), checkpoint.at(kBest));
    check_best(config, checkpoint.position, then, place);
    std::vector<TensorGroup> groups_of_tensors = optimiser.groups();
    groups_of_tensors.push_back({kWeights});
    if (ema) groups_of_tensors.push_back({Ema::kPrefix});
    if (!then.empty()) groups_of_tensors.push_back({kBest});
    check_tensors(*network, groups_of_tensors, checkpoint.tensors, place);

    position = checkpoint.position;
    checkpoint.progress.at("loss_sum").get_to(loss_sum);
    best = std::move(then);
    set_named(kWeights, *network, values_of(*network), checkpoint.tensors);
    optimiser.set_state(checkpoint.tensors);
    if (ema) ema->set_state(checkpoint.tensors);
  }
};

Trainer::Trainer(const TrainConfig& config, const TrainingData& data, int threads,
                 const std::string& place) {
  const NetworkConfig network_config = network_for_tiles(
      config.network, data.channels, data.classes, data.input_size, data.output_size, place);
  if (config.validation.patience > 0 && config.validation.every == 0) {
    throw InputError(place + " at /validation/patience",
                     "needs measurements to wait for: set /validation/every");
  }
  if (data.samples == 0) throw InputError("--input", "holds no samples to train on");
  const Arithmetic arithmetic =
      choose_arithmetic(config.device, config.precision, config.convolution);
  configure_libtorch(threads, arithmetic, config.deterministic);
  auto network = make_network(network_config, config.seed);
  network->to(arithmetic);
  // What is left to the host are small copies; its other threads make samples.
  if (arithmetic.device.is_cuda()) at::set_num_threads(1);
  state_ = std::make_unique<State>(config, data, threads, std::move(network));
}

Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;

void Trainer::start_from(const Tensors& weights, const std::string& place) {
  State& s = *state_;
  architecture_of(s.config.network).start(*s.network, weights, place);
  if (s.ema) s.ema.emplace(s.config.ema_decay, *s.network);
}

void Trainer::resume(const Checkpoint& checkpoint, const std::string& place) {
  state_->restore(checkpoint, place);
}

TrainingPosition Trainer::position() const { return state_->position; }

void Trainer::keep_launched(int batches) { state_->most_launched = static_cast<size_t>(batches); }

std::pmr::memory_resource& Trainer::batch_memory() const {
  return unetflow::batch_memory(arithmetic().device);
}

const Arithmetic& Trainer::arithmetic() const { return state_->network->arithmetic(); }

int Trainer::data_threads() const {
  const bool on_cpu = arithmetic().device.is_cpu();
  return std::max(1, on_cpu ? state_->threads / 8 : state_->threads - 1);
}

Json Trainer::computation() const { return computation_of(*state_->network, state_->threads); }

bool Trainer::run(BatchSource& batches, const TrainingHooks& hooks) {
  State& s = *state_;
  const Stopwatch since_start;
  Stopwatch since_checkpoint;
  const std::int64_t first_step = s.position.step;
  const auto asked_to_stop = [&] { return hooks.stop && hooks.stop(); };
  if (asked_to_stop()) return false;
  while (s.position.epoch < s.config.epochs) {
    if (!s.epoch_is_over()) {  // as it is where the measurement at its end was stopped
      const Stopwatch since_batch;
      s.upload.wait();
      const Batch* batch = batches.next();
      if (batch == nullptr) throw Error("the samples ended before the training did");
      s.waited += since_batch.seconds();
      const bool updated = s.learn(*batch, hooks);
      s.batch_seconds.push_back(since_batch.seconds());
      if (hooks.progress) hooks.progress(batch->size, s.note(since_start.seconds()));
      if (!updated) continue;
    }
    bool ends = s.time_limit.is_over(since_start.minutes(), first_step, s.position.step,
                                     s.rate_at(s.position.step), hooks.say);
    bool stopped = false;
    if (s.epoch_is_over()) {
      s.tell_losses(0, hooks);
      const auto over = s.end_epoch(hooks);
      stopped = !over;
      ends = ends || over.value_or(false);
    }
    if (!stopped && (ends || s.position.epoch == s.config.epochs)) break;
    stopped = stopped || asked_to_stop();
    const bool due = since_checkpoint.minutes() >= s.config.checkpoint_minutes;
    if (stopped || due) s.tell_losses(0, hooks);
    if (hooks.save && (stopped || due)) {
      hooks.save(s.checkpoint());
      since_checkpoint.restart();
    }
    if (stopped) return false;
  }
  s.tell_losses(0, hooks);
  check_weights(*s.network, s.position.step);
  return true;
}

Tensors Trainer::weights() const {
  return state_->best.empty() ? state_->current_weights() : state_->best.weights();
}

Json Trainer::summary() const {
  const State& s = *state_;
  std::int64_t parameters = 0;
  for (const auto& parameter : s.network->parameters()) parameters += parameter.value.numel();
  Json summary = {{"network", s.network->config()},
                  {"first_layer", architecture_of(s.config.network).first_layer},
                  {"parameters", parameters},
                  {"steps", s.position.step},
                  {"epochs", s.position.epoch},
                  {"samples_per_epoch", s.data.samples},
                  {"input_size", s.data.input_size},
                  {"output_size", s.data.output_size}};
  if (s.time_limit.was_over()) summary["planned_steps"] = s.planned_steps();
  summary.update(computation());
  if (!s.best.empty()) summary["best_epoch"] = s.best.epoch();
  return summary;
}

Json Trainer::timing() const {
  auto seconds = state_->batch_seconds;
  if (seconds.empty()) return Json::object();
  const auto middle = seconds.begin() + static_cast<Index>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  const double all = std::accumulate(seconds.begin(), seconds.end(), 0.);
  return {{"milliseconds_per_batch", 1000 * *middle}, {"waiting_share", state_->waited / all}};
}

}  // namespace unetflow
