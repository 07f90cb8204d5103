#include "training/trainer.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/stopwatch.hpp"
#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/loss.hpp"
#include "network/network.hpp"
#include "training/accumulation.hpp"
#include "training/best_weights.hpp"
#include "training/check_checkpoint.hpp"
#include "training/computation.hpp"
#include "training/cuda_graph_step.hpp"
#include "training/device_batch.hpp"
#include "training/divergence.hpp"
#include "training/ema.hpp"

namespace unetflow {
namespace {

// Prefixes of a checkpoint's tensors.
constexpr const char* kWeights = "weights/";
constexpr const char* kBest = "best/";

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
  CudaGraphStep cuda_graph_step;

  TrainingPosition position;
  double loss_sum = 0;    // over position.samples_done
  double group_loss = 0;  // mean over the batches of the group so far
  BestWeights best;

  bool time_was_over = false;       // before all epochs were done
  std::array<bool, 256> learned{};  // classes that this run has seen a pixel of

  // Measured since run() began.
  bool estimated = false;
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
        cuda_graph_step(*network, [this](const auto& input, const auto& label, const auto& weight) {
          return forward_and_backward({input, label, weight}, {}, 1);
        }) {
    if (config.ema_decay > 0) ema.emplace(config.ema_decay, *network);
  }

  std::int64_t planned_steps() const { return groups.count() * config.epochs; }
  double rate_at(std::int64_t step) const {
    return learning_rate(config.schedule, config.optimiser.learning_rate, step, planned_steps());
  }
  double mean_loss() const { return loss_sum / static_cast<double>(position.samples_done); }
  Tensors current_weights() const { return ema ? ema->weights() : weights_of(*network); }

  /// Adds the gradients of the loss / `group_size` to the parameters' and returns the loss.
  at::Tensor forward_and_backward(const DeviceBatch& batch,
                                  std::optional<std::uint64_t> dropout_key,
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
  at::Tensor add_gradients(const Batch& batch, std::int64_t group_size) {
    const DeviceBatch moved = upload.to(network->arithmetic(), batch);
    // Dropout draws on the host, and groups add up: neither fits into a CUDA graph.
    if (config.network.dropout == 0 && config.accumulation_steps == 1) {
      return cuda_graph_step.run(moved.input, moved.label, moved.weight);
    }
    const auto key = random_key(config.seed, Purpose::kDropout, batch.epoch,
                                static_cast<std::uint64_t>(batch.first));
    return forward_and_backward(moved, key, group_size);
  }

  /// Learns from a batch. True if it was the last of its group, so that the weights changed.
  bool learn(const Batch& batch, const TrainingHooks& hooks) {
    const std::int64_t number = batch.first / config.batch;
    const bool updates = groups.ends_after(number);
    for (const std::uint8_t id : batch.label) learned[id] = true;
    const double rate = rate_at(position.step);
    const at::Tensor loss_on_device = add_gradients(batch, groups.size(number));
    if (updates) {
      optimiser.step(rate, position.step);
      if (ema) ema->update(position.step);
    }
    const double loss = loss_on_device.item<double>();  // only now is the device waited for
    check_loss(loss, position.step, batch);
    position.samples_done = batch.first + batch.size;
    loss_sum += loss * static_cast<double>(batch.size);
    group_loss += loss / static_cast<double>(groups.size(number));
    if (!updates) return false;
    const double update_loss = std::exchange(group_loss, 0);
    if (hooks.log)
      hooks.log(log_line(UpdateRecord{position.step, position.epoch, update_loss, rate}));
    ++position.step;
    return true;
  }

  /// Whether the time limit ends training, `minutes` after this run began at update `first`. Says
  /// early that it will, and then what that means for the schedule.
  bool time_is_over(double minutes, std::int64_t first, const TrainingHooks& hooks) {
    const double limit = config.time_limit_minutes;
    if (limit == 0 || position.step == planned_steps()) return false;
    constexpr double kEnoughToEstimate = 0.05;  // of the limit
    if (!estimated && minutes > kEnoughToEstimate * limit) {
      estimated = true;
      const double share = static_cast<double>(position.step - first) / minutes * limit /
                           static_cast<double>(planned_steps() - first);
      if (share < 1 && hooks.say) {
        hooks.say(
            fmt::format("about {:.0f} % of the updates fit into time_limit_minutes: {} instead "
                        "of {} /epochs would",
                        100 * share, std::floor(share * config.epochs), config.epochs));
      }
    }
    if (minutes <= limit) return false;
    time_was_over = true;
    if (hooks.say) {
      hooks.say(fmt::format("time_limit_minutes ends training after update {} of {}{}",
                            position.step, planned_steps(),
                            config.schedule.kind == "constant"
                                ? ""
                                : fmt::format(", in the middle of schedule {}: the learning rate "
                                              "is {:.3g} of at most {:.3g}",
                                              config.schedule.kind, rate_at(position.step),
                                              config.optimiser.learning_rate)));
    }
    return true;
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
    const Tensors measured = current_weights();
    const Tensors own = ema ? weights_of(*network) : Tensors{};
    if (ema) set_weights(*network, measured, "the moving average of the weights");
    const auto scores = hooks.validate(*network);
    if (ema) set_weights(*network, own, "the weights");
    if (scores) best.offer(scores->v_rand, position.epoch, measured);
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
  configure_libtorch(threads, arithmetic);
  auto network = make_network(network_config, config.seed);
  network->to(arithmetic);
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

int Trainer::data_threads() const {
  const bool on_cpu = state_->network->arithmetic().device.is_cpu();
  return std::max(1, on_cpu ? state_->threads / 8 : state_->threads - 1);
}

Json Trainer::computation() const {
  return computation_of(state_->network->arithmetic(), state_->threads);
}

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
      const Batch* batch = batches.next();
      if (batch == nullptr) throw Error("the samples ended before the training did");
      s.waited += since_batch.seconds();
      const bool updated = s.learn(*batch, hooks);
      s.batch_seconds.push_back(since_batch.seconds());
      if (hooks.progress) {
        hooks.progress(batch->size, fmt::format("mean loss {:.4f}, waiting {:.1f} %", s.mean_loss(),
                                                100 * s.waited / since_start.seconds()));
      }
      if (!updated) continue;
    }
    bool ends = s.time_is_over(since_start.minutes(), first_step, hooks);
    bool stopped = false;
    if (s.epoch_is_over()) {
      const auto over = s.end_epoch(hooks);
      stopped = !over;
      ends = ends || over.value_or(false);
    }
    if (!stopped && (ends || s.position.epoch == s.config.epochs)) break;
    stopped = stopped || asked_to_stop();
    const bool due = since_checkpoint.minutes() >= s.config.checkpoint_minutes;
    if (hooks.save && (stopped || due)) {
      hooks.save(s.checkpoint());
      since_checkpoint.restart();
    }
    if (stopped) return false;
  }
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
  if (s.time_was_over) summary["planned_steps"] = s.planned_steps();
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
