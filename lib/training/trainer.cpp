// Long because the steps of a training share one state: batches, losses, epochs, checkpoints.
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

#include "communication/communicator.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "core/stopwatch.hpp"
#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/encoder.hpp"
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
#include "training/gradient_sum.hpp"
#include "training/own_gpu.hpp"
#include "training/recorded_step.hpp"
#include "training/time_limit.hpp"

namespace unetflow {
namespace {

// Prefixes of a checkpoint's tensors.
constexpr const char* kWeights = "weights/";
constexpr const char* kBest = "best/";

/// Batches that the devices may still be computing: what is told once their losses are known.
struct Launched {
  std::optional<HostCopy> loss;  ///< of this process's batch, if it has one
  std::int64_t step;
  std::uint32_t epoch;
  std::vector<SampleId> samples;  ///< of this process
  Batches batches;
  double learning_rate;
};

}  // namespace

struct Trainer::State {
  TrainConfig config;
  TrainingData data;
  int threads;
  Communicator& processes;
  AccumulationGroups groups;
  std::unique_ptr<Network> network;
  std::optional<GradientSum> gradient_sum;  // of several processes
  Round round;                              // of the batches that are being computed
  bool freezes = false;                     // some parameters
  std::unique_ptr<Optimiser> optimiser;
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

  bool from_the_start = false;  // whether this run has begun there

  // Measured since run() began.
  std::vector<double> batch_seconds;
  double waited = 0;

  State(const TrainConfig& config_, const TrainingData& data_, int threads_,
        Communicator& processes_, std::unique_ptr<Network> network_)
      : config(config_),
        data(data_),
        threads(threads_),
        processes(processes_),
        groups{config.accumulation_steps, divided_up(data.samples, config.batch)},
        network(std::move(network_)),
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
    train_parameters();
  }

  /// All that keeps something of each parameter that is trained.
  void train_parameters() {
    optimiser = std::make_unique<Optimiser>(config.optimiser, *network);
    gradient_sum.reset();  // it watches parameters
    if (processes.size() > 1) gradient_sum.emplace(processes, *network);
  }

  std::int64_t planned_steps() const { return groups.count() * config.epochs; }
  double rate_at(std::int64_t step) const {
    return learning_rate(config.schedule, config.optimiser.learning_rate, step, planned_steps());
  }
  double mean_loss() const { return loss_sum / static_cast<double>(position.samples_done); }
  /// Of the epoch's samples whose loss is known, and how long batches were waited for.
  std::string note(double seconds) const {
    auto known = position.samples_done;
    for (const Launched& one : launched) known -= one.batches.samples;
    const std::string loss =
        known == 0 ? "" : fmt::format("mean loss {:.4f}, ", loss_sum / static_cast<double>(known));
    return fmt::format("{}waiting {:.1f} %", loss, 100 * waited / seconds);
  }
  Tensors current_weights() const { return ema ? ema->weights() : weights_of(*network); }

  /// Adds the gradients of the loss / `group_size` to the parameters' and returns the loss.
  at::Tensor forward_and_backward(const DeviceBatch& batch, std::uint64_t dropout_key,
                                  std::int64_t group_size) {
    const Arithmetic& arithmetic = network->arithmetic();
    if (gradient_sum) gradient_sum->begin(round);
    at::Tensor loss;
    {
      const Autocast autocast(arithmetic.device.type(), arithmetic.bfloat16);
      loss = segmentation_loss(config.loss, network->forward(batch.input, dropout_key), batch.label,
                               batch.weight);
    }
    (group_size == 1 ? loss : loss / static_cast<double>(group_size)).backward();
    if (gradient_sum) gradient_sum->finish();
    return loss.detach();
  }

  bool has_one_of(const Batches& batches) const { return processes.rank() < batches.count; }

  /// Adds the batch's gradients to those of its group and returns its loss, which a GPU may still
  /// be computing.
  at::Tensor add_gradients(const Batch& batch, const Batches& batches, const TrainingHooks& hooks) {
    const DeviceBatch moved = upload.to(network->arithmetic(), batch);
    const auto key = random_key(config.seed, Purpose::kDropout, batch.epoch,
                                static_cast<std::uint64_t>(batch.first));
    if (recorded_step) {
      // What is recorded includes the sum over processes, each of which has to have a whole batch.
      const auto whole = std::min<std::int64_t>(config.batch, data.samples);
      const bool all_whole = batches.samples == whole * processes.size();
      return recorded_step->run(moved, key, all_whole ? whole : 0, batches.group_size, hooks.say);
    }
    return forward_and_backward(moved, key, batches.group_size);
  }

  /// Learns from the next batches, of which `batch` is this process's, if it has one; as far as
  /// that can be done without waiting for the device.
  void learn(const Batches& batches, const Batch* batch, const TrainingHooks& hooks) {
    const double rate = rate_at(position.step);
    Launched now = {{}, position.step, position.epoch, {}, batches, rate};
    round = {static_cast<int>(batches.count), batches.begin_update, batches.end_update};
    if (batch != nullptr) {
      for (const std::uint8_t id : batch->label) learned[id] = true;
      now.loss.emplace(add_gradients(*batch, batches, hooks));
      now.samples = batch->samples;
    } else {
      gradient_sum->begin(round);
      gradient_sum->finish();
    }
    launched.push_back(std::move(now));
    if (batches.end_update) {
      optimiser->step(rate, position.step);
      if (ema) ema->update(position.step);
      ++position.step;
    }
    position.samples_done += batches.samples;
    tell_losses(most_launched, hooks);
  }

  /// Waits for the losses of all launched batches but the last `left`, checks and logs them.
  void tell_losses(size_t left, const TrainingHooks& hooks) {
    while (launched.size() > left) {
      const Launched now = std::move(launched.front());
      launched.pop_front();
      double own = 0;
      if (now.loss) {
        // A GPU that sums up with one that is lost would never come to an end.
        while (processes.size() > 1 && !now.loss->is_there()) processes.check();
        own = now.loss->values().item<double>();
        check_loss(own, now.step, now.epoch, now.samples);
      }
      const std::vector<double> losses = processes.all_of(own);
      std::int64_t left_of_them = now.batches.samples;
      for (std::int64_t i = 0; i < now.batches.count; ++i) {
        const double loss = losses[static_cast<size_t>(i)];
        const auto samples = std::min<std::int64_t>(config.batch, left_of_them);
        left_of_them -= samples;
        loss_sum += loss * static_cast<double>(samples);
        group_loss += loss / static_cast<double>(now.batches.group_size);
      }
      if (!now.batches.end_update) continue;
      const double update_loss = std::exchange(group_loss, 0);
      if (hooks.log) {
        hooks.log(log_line(UpdateRecord{now.step, now.epoch, update_loss, now.learning_rate}));
      }
    }
  }

  /// After an epoch of which this run has learned from all samples.
  void tell_missing_classes(const TrainingHooks& hooks) {
    for (const auto& of_process : processes.all_of(learned)) {
      for (size_t id = 0; id < learned.size(); ++id) learned[id] = learned[id] || of_process[id];
    }
    for (Index id = 0; id < data.classes && hooks.say; ++id) {
      if (learned[static_cast<std::size_t>(id)]) continue;
      hooks.say(
          fmt::format("no sample of the first epoch has a pixel of class {}, which the network "
                      "cannot learn then",
                      id));
    }
  }

  /// By the first process's clock, where it matters.
  double first_minutes(const Stopwatch& since_start) const {
    return config.time_limit_minutes == 0 ? 0 : processes.first_of(since_start.minutes());
  }
  bool epoch_is_over() const { return position.samples_done == data.samples; }

  /// Whether the validation says that training should end; nothing if it was stopped, and then the
  /// epoch is still to be ended.
  std::optional<bool> end_epoch(const TrainingHooks& hooks) {
    EpochRecord record{position.epoch, mean_loss(), {}};
    if (position.epoch == 0 && from_the_start) tell_missing_classes(hooks);
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
    std::optional<ValidationScores> scores;
    if (processes.is_first()) scores = hooks.validate(*network);
    const bool measured = processes.first_of(scores.has_value());
    const auto values = processes.first_of(scores.value_or(ValidationScores()));
    if (measured) scores = values;
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
    saved.tensors.merge(optimiser->state());
    if (ema) saved.tensors.merge(ema->state());
    saved.add(kBest, best.weights());
    return saved;
  }

  /// The tensors, and zeros for the optimiser's state of frozen parameters, which it has none of.
  Tensors with_frozen_state(Tensors tensors, const std::string& place) const {
    for (const auto& group : optimiser->groups()) {
      for (const auto& [name, value] : network->parameters()) {
        if (value.requires_grad()) continue;
        if (tensors.emplace(group.prefix + name, to_plain(at::zeros_like(value))).second) continue;
        throw InputError(
            place, fmt::format("has a tensor \"{}{}\", which is not trained", group.prefix, name));
      }
    }
    return tensors;
  }

  /// All is checked before anything changes.
  void restore(const Checkpoint& checkpoint, const std::string& place) {
    check_position(config, data.samples, checkpoint.position, place);
    BestWeights then;
    then.restore(checkpoint.progress.at("best"), checkpoint.at(kBest));
    check_best(config, checkpoint.position, then, place);
    std::vector<TensorGroup> groups_of_tensors = optimiser->groups();
    groups_of_tensors.push_back({kWeights});
    if (ema) groups_of_tensors.push_back({Ema::kPrefix});
    if (!then.empty()) groups_of_tensors.push_back({kBest});
    if (freezes) {
      check_tensors(*network, groups_of_tensors, with_frozen_state(checkpoint.tensors, place),
                    place);
    } else {
      check_tensors(*network, groups_of_tensors, checkpoint.tensors, place);
    }

    position = checkpoint.position;
    checkpoint.progress.at("loss_sum").get_to(loss_sum);
    best = std::move(then);
    set_named(kWeights, *network, values_of(*network), checkpoint.tensors);
    optimiser->set_state(checkpoint.tensors);
    if (ema) ema->set_state(checkpoint.tensors);
  }
};

namespace {

Communicator& nobody_else() {
  static Communicator alone;
  return alone;
}

}  // namespace

Trainer::Trainer(const TrainConfig& config, const TrainingData& data, int threads,
                 const std::string& place)
    : Trainer(config, data, threads, place, nobody_else()) {}

Trainer::Trainer(const TrainConfig& config, const TrainingData& data, int threads,
                 const std::string& place, Communicator& processes) {
  const NetworkConfig network_config = network_for_tiles(
      config.network, data.channels, data.classes, data.input_size, data.output_size, place);
  if (config.validation.patience > 0 && config.validation.every == 0) {
    throw InputError(place + " at /validation/patience",
                     "needs measurements to wait for: set /validation/every");
  }
  if (data.samples == 0) throw InputError("--input", "holds no samples to train on");
  check_share(config, data.samples, processes.size(), place);
  take_own_gpu(processes);
  const Arithmetic arithmetic =
      choose_arithmetic(config.device, config.precision, config.convolution);
  configure_libtorch(threads, arithmetic, config.deterministic);
  auto network = make_network(network_config, config.seed);
  network->to(arithmetic);
  // What is left to the host are small copies; its other threads make samples.
  if (arithmetic.device.is_cuda()) at::set_num_threads(1);
  state_ = std::make_unique<State>(config, data, threads, processes, std::move(network));
}

Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;

void Trainer::start_from(const Tensors& weights, const std::string& place) {
  State& s = *state_;
  architecture_of(s.config.network).start(*s.network, weights, place);
  if (s.ema) s.ema.emplace(s.config.ema_decay, *s.network);
}

void Trainer::freeze_encoder() {
  for (const auto& parameter : state_->network->parameters()) {
    if (is_of_encoder(parameter.name)) parameter.value.set_requires_grad(false);
  }
  state_->freezes = true;
  state_->train_parameters();
}

void Trainer::resume(const Checkpoint& checkpoint, const std::string& place) {
  state_->restore(checkpoint, place);
}

TrainingPosition Trainer::position() const { return state_->position; }

BatchShare Trainer::share() const {
  const State& s = *state_;
  return {s.config.accumulation_steps, s.processes.rank(), s.processes.size()};
}

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
  s.from_the_start = s.position.epoch == 0 && s.position.samples_done == 0;
  const auto asked_to_stop = [&] { return s.processes.any(hooks.stop && hooks.stop()); };
  if (asked_to_stop()) return false;
  while (s.position.epoch < s.config.epochs) {
    if (!s.epoch_is_over()) {  // as it is where the measurement at its end was stopped
      const Stopwatch since_batch;
      const Batches now =
          batches_from(s.position.samples_done, s.config, s.data.samples, s.processes.size());
      const Batch* batch = nullptr;
      if (s.has_one_of(now)) {
        s.upload.wait();
        batch = batches.next();
        if (batch == nullptr) throw Error("the samples ended before the training did");
        s.waited += since_batch.seconds();
      }
      s.learn(now, batch, hooks);
      s.batch_seconds.push_back(since_batch.seconds());
      if (hooks.progress) hooks.progress(now.samples, s.note(since_start.seconds()));
      if (!now.end_update) continue;
    }
    bool ends = s.time_limit.is_over(s.first_minutes(since_start), first_step, s.position.step,
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
    const bool due =
        s.processes.first_of(since_checkpoint.minutes() >= s.config.checkpoint_minutes);
    if (stopped || due) s.tell_losses(0, hooks);
    if (stopped || due) {
      if (hooks.save) hooks.save(s.checkpoint());
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
  Json timing = {{"milliseconds_per_batch", 1000 * *middle},
                 {"waiting_share", state_->waited / all}};
  if (state_->gradient_sum) timing.update(state_->gradient_sum->timing());
  return timing;
}

}  // namespace unetflow
