#include "training/trainer.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "core/random.hpp"
#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/loss.hpp"
#include "network/network.hpp"
#include "training/cuda_graph_step.hpp"
#include "training/ema.hpp"

namespace unetflow {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

/// Copies host memory to the device; from a GPU's point of view without waiting, through a pinned
/// buffer that is allocated once.
class Staging {
 public:
  at::Tensor to(at::Device device, const void* values, at::IntArrayRef shape, at::ScalarType type) {
    const at::Tensor host = at::from_blob(const_cast<void*>(values), shape, at::dtype(type));
    if (device.is_cpu()) return host;
    at::Tensor& pinned = buffers_[next_++ % kBuffers];
    if (!pinned.defined() || pinned.sizes() != shape || pinned.scalar_type() != type) {
      pinned = at::empty(shape, at::dtype(type).pinned_memory(true));
    }
    pinned.copy_(host);
    return pinned.to(device, /*non_blocking=*/true);
  }

 private:
  // Three tensors a batch, two batches deep: a buffer is written again only when the copy from it
  // has long been waited for.
  static constexpr size_t kBuffers = 6;
  std::array<at::Tensor, kBuffers> buffers_;
  size_t next_ = 0;
};

Tensors with_prefix(const std::string& prefix, const Tensors& tensors) {
  Tensors named;
  for (const auto& [name, tensor] : tensors) named.emplace(prefix + name, tensor);
  return named;
}

Tensors without_prefix(const std::string& prefix, const Tensors& tensors) {
  Tensors named;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(prefix)) named.emplace(name.substr(prefix.size()), tensor);
  }
  return named;
}

}  // namespace

struct Trainer::State {
  TrainConfig config;
  TrainingData data;
  int threads;
  std::unique_ptr<Network> network;
  Optimiser optimiser;
  std::optional<Ema> ema;
  TrainingPosition position;
  std::string log;

  // What an epoch has summed so far.
  double loss_sum = 0;
  std::int64_t loss_samples = 0;
  // Of the validation.
  double best = -1;
  std::int64_t best_epoch = -1;
  int without_better = 0;
  Tensors best_weights;

  // By the clock, since run() began.
  std::vector<double> batch_seconds;
  double waited = 0;

  Staging staging;
  CudaGraphStep recorded;

  State(const TrainConfig& config_, const TrainingData& data_, int threads_,
        std::unique_ptr<Network> network_)
      : config(config_),
        data(data_),
        threads(threads_),
        network(std::move(network_)),
        optimiser(config.optimiser, *network),
        recorded(*network, [this](const auto& input, const auto& label, const auto& weight) {
          return forward_and_backward(input, label, weight, {}, 1);
        }) {
    if (config.ema_decay > 0) ema.emplace(config.ema_decay, *network);
  }

  const Arithmetic& arithmetic() const { return network->arithmetic(); }
  std::int64_t batches_per_epoch() const { return divided_up(data.samples, config.batch); }
  std::int64_t steps_per_epoch() const {
    return divided_up(batches_per_epoch(), config.accumulation_steps);
  }
  std::int64_t steps() const { return steps_per_epoch() * config.epochs; }

  /// Batches that make the update which `batch`, a number within the epoch, belongs to.
  std::int64_t group_size(std::int64_t batch) const {
    const std::int64_t group = batch / config.accumulation_steps * config.accumulation_steps;
    return std::min<std::int64_t>(config.accumulation_steps, batches_per_epoch() - group);
  }

  /// Adds the gradients of the loss / `group` to the parameters' and returns the loss.
  at::Tensor forward_and_backward(const at::Tensor& input, const at::Tensor& label,
                                  const at::Tensor& weight,
                                  std::optional<std::uint64_t> dropout_key, std::int64_t group) {
    at::Tensor loss;
    {
      const Autocast autocast(arithmetic().device.type(), arithmetic().bfloat16);
      loss = segmentation_loss(config.loss, network->forward(input, dropout_key), label, weight);
    }
    (group == 1 ? loss : loss / static_cast<double>(group)).backward();
    return loss.detach();
  }

  /// Adds the batch's gradients to those of its group and returns its loss, which a GPU may still
  /// be computing.
  at::Tensor learn(const Batch& batch) {
    const auto size = batch.size, in = batch.input_size, out = batch.output_size;
    const at::Device device = arithmetic().device;
    const at::Tensor input =
        staging.to(device, batch.input.data(), {size, batch.channels, in, in}, at::kFloat)
            .contiguous(arithmetic().layout);
    const at::Tensor label =
        staging.to(device, batch.label.data(), {size, out, out}, at::kByte).to(at::kLong);
    const at::Tensor weight = staging.to(device, batch.weight.data(), {size, out, out}, at::kFloat);
    // Dropout draws on the host, and groups add up: neither can be recorded.
    if (config.network.dropout == 0 && config.accumulation_steps == 1) {
      return recorded.run(input, label, weight);
    }
    return forward_and_backward(input, label, weight,
                                random_key(config.seed, Purpose::kDropout, batch.epoch,
                                           static_cast<std::uint64_t>(batch.first)),
                                group_size(batch.first / config.batch));
  }

  double mean_loss() const { return loss_sum / static_cast<double>(loss_samples); }

  void write_line(const Json& line) { log += line.dump() + "\n"; }

  /// Changes the weights by the gradients of a group of batches.
  void update() {
    optimiser.step(rate(), position.step);
    if (ema) ema->update(position.step);
  }
  double rate() const {
    return learning_rate(config.schedule, config.optimiser.learning_rate, position.step, steps());
  }
  /// Before weights are kept: a finite loss may have had gradients that were not.
  void check_weights() const {
    for (const auto& parameter : network->parameters()) {
      if (parameter.value.isfinite().all().item<bool>()) continue;
      throw Error(fmt::format(
          "the weights {} are no longer numbers after update {}; a lower learning rate or gradient "
          "clipping may help",
          parameter.name, position.step));
    }
  }

  /// Ends the update of a group with this mean loss.
  void end_update(double loss) {
    write_line({{"step", position.step},
                {"epoch", position.epoch},
                {"loss", loss},
                {"learning_rate", rate()}});
    ++position.step;
  }

  /// True when the validation says that training should end.
  bool end_epoch(const TrainingHooks& hooks) {
    Json line = {{"epoch", position.epoch}, {"mean_loss", mean_loss()}};
    const auto done = static_cast<int>(position.epoch) + 1;
    if (config.validation.every > 0 && hooks.validate && done % config.validation.every == 0) {
      line["validation"] = validate(hooks);
    }
    write_line(line);
    loss_sum = 0;
    loss_samples = 0;
    position = {position.epoch + 1, 0, position.step};
    return config.validation.patience > 0 && without_better >= config.validation.patience;
  }

  /// Measures the network and keeps its weights when they are the best so far.
  Json validate(const TrainingHooks& hooks) {
    const Tensors own = weights_of(*network), kept = ema ? ema->weights() : own;
    set_weights(*network, kept, "the mean of the weights");
    const Json figures = hooks.validate(*network);
    set_weights(*network, own, "the weights");
    const double score = figures.value("v_rand", 0.);
    if (score > best) {
      best = score;
      best_epoch = position.epoch;
      without_better = 0;
      best_weights = kept;
    } else {
      ++without_better;
    }
    return figures;
  }

  Checkpoint checkpoint() const {
    Checkpoint saved;
    saved.position = position;
    saved.progress = {{"loss_sum", loss_sum},
                      {"loss_samples", loss_samples},
                      {"best", best},
                      {"best_epoch", best_epoch},
                      {"without_better", without_better}};
    saved.tensors = with_prefix("weights/", weights_of(*network));
    saved.tensors.merge(optimiser.state());
    if (ema) saved.tensors.merge(ema->state());
    saved.tensors.merge(with_prefix("best/", best_weights));
    saved.log = log;
    return saved;
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
  architecture_of(s.network->config()).start(*s.network, weights, place);
  if (s.ema) s.ema.emplace(s.config.ema_decay, *s.network);
}

void Trainer::resume(const Checkpoint& checkpoint, const std::string& place) {
  State& s = *state_;
  set_weights(*s.network, without_prefix("weights/", checkpoint.tensors), place);
  s.optimiser.set_state(checkpoint.tensors, place);
  if (s.ema) s.ema->set_state(checkpoint.tensors, place);
  s.best_weights = without_prefix("best/", checkpoint.tensors);
  s.position = checkpoint.position;
  s.log = checkpoint.log;
  checkpoint.progress.at("loss_sum").get_to(s.loss_sum);
  checkpoint.progress.at("loss_samples").get_to(s.loss_samples);
  checkpoint.progress.at("best").get_to(s.best);
  checkpoint.progress.at("best_epoch").get_to(s.best_epoch);
  checkpoint.progress.at("without_better").get_to(s.without_better);
}

TrainingPosition Trainer::position() const { return state_->position; }

int Trainer::data_threads() const {
  return std::max(1,
                  state_->arithmetic().device.is_cpu() ? state_->threads / 8 : state_->threads - 1);
}

bool Trainer::run(BatchSource& batches, const TrainingHooks& hooks) {
  State& s = *state_;
  const auto start = Clock::now();
  auto saved = start, shown = start;
  double group_loss = 0;
  while (s.position.epoch < s.config.epochs) {
    const auto begin = Clock::now();
    const Batch* batch = batches.next();
    if (batch == nullptr) throw Error("the samples ended before the training did");
    s.waited += seconds_since(begin);
    const at::Tensor loss_on_device = s.learn(*batch);
    const std::int64_t number = batch->first / s.config.batch;
    s.position.first = batch->first + batch->size;
    const bool epoch_ends = s.position.first == s.data.samples;
    const bool group_ends = (number + 1) % s.config.accumulation_steps == 0 || epoch_ends;
    if (group_ends) s.update();
    // Only now is the device waited for.
    const double loss = loss_on_device.item<double>();
    if (!std::isfinite(loss)) {
      throw Error(
          fmt::format("the loss is {} at update {}, in epoch {}, of {}; a lower learning rate or "
                      "gradient clipping may help",
                      std::isnan(loss) ? "not a number" : "infinite", s.position.step, batch->epoch,
                      batch->names()));
    }
    s.loss_sum += loss * static_cast<double>(batch->size);
    s.loss_samples += batch->size;
    group_loss += loss / static_cast<double>(s.group_size(number));
    if (group_ends) s.end_update(std::exchange(group_loss, 0));
    s.batch_seconds.push_back(seconds_since(begin));
    if (hooks.progress) {
      hooks.progress(batch->size,
                     fmt::format("loss {:.4f}, mean {:.4f}, waiting {:.1f} %", loss, s.mean_loss(),
                                 100 * s.waited / seconds_since(start)));
    }
    if (!group_ends) continue;

    bool ends =
        s.config.time_limit_minutes > 0 && seconds_since(start) > 60 * s.config.time_limit_minutes;
    if (epoch_ends) ends = s.end_epoch(hooks) || ends;
    if (ends || s.position.epoch == s.config.epochs) {
      s.check_weights();
      return true;
    }
    if (hooks.show && seconds_since(shown) > 2) {
      hooks.show(s.log);
      shown = Clock::now();
    }
    const bool stopped = hooks.stop && hooks.stop();
    if (hooks.save && (stopped || seconds_since(saved) >= 60 * s.config.checkpoint_minutes)) {
      s.check_weights();
      hooks.save(s.checkpoint());
      saved = Clock::now();
    }
    if (stopped) return false;
  }
  return true;
}

Tensors Trainer::weights() const {
  if (!state_->best_weights.empty()) return state_->best_weights;
  return state_->ema ? state_->ema->weights() : weights_of(*state_->network);
}

const std::string& Trainer::log() const { return state_->log; }

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
                  {"output_size", s.data.output_size},
                  {"device", s.arithmetic().device.is_cpu() ? "cpu" : "cuda"},
                  {"precision", s.arithmetic().bfloat16 ? "bfloat16" : "float32"},
                  {"convolution", s.arithmetic().winograd ? "winograd" : "direct"},
                  {"threads", s.threads}};
  if (s.best_epoch >= 0) summary["best_epoch"] = s.best_epoch;
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
