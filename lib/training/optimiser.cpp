#include "training/optimiser.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/deterministic_math.hpp"
#include "core/error.hpp"
#include "core/fixed_sum.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

constexpr const char* kSquare = "square";

/// From `from` to `to` along half a cosine, this fraction of the way.
double along_cosine(double from, double to, double fraction) {
  return to + (from - to) * 0.5 * (1 + cosine_sine(180 * fraction).first);
}

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;  // adamw's

// On a CPU an update is one pass over memory in plain arithmetic, so that its bytes depend neither
// on threads nor on the processor.

constexpr std::int64_t kNumbers = 1 << 15;  // at least, for each thread

/// The square root of the sum of squares of all gradients.
double norm_of(const std::vector<at::Tensor>& gradients) {
  double sum = 0;
  for (const auto& gradient : gradients) {
    const float* const values = gradient.const_data_ptr<float>();
    const std::int64_t count = gradient.numel();
    std::vector<double> parts(static_cast<size_t>(divided_up(count, kNumbers)));
    at::parallel_for(0, std::ssize(parts), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t part = begin; part < end; ++part) {
        const float* const g = values + part * kNumbers;
        parts[static_cast<size_t>(part)] = fixed_sum(std::min(kNumbers, count - part * kNumbers),
                                                     [&](Index i) { return g[i] * g[i]; });
      }
    });
    for (const double part : parts) sum += part;
  }
  return std::sqrt(sum);
}

/// Calls f(i) for each number, some on each thread.
template <class F>
void for_numbers(std::int64_t count, F f) {
  at::parallel_for(0, count, kNumbers, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) f(i);
  });
}

/// SGD with momentum as PyTorch's, without dampening; `momentum` is undefined if there is none. The
/// gradient is multiplied by `scale` first.
void sgd_on_cpu(const OptimiserConfig& config, double learning_rate, bool first, float scale,
                const at::Tensor& value, const at::Tensor& gradient, const at::Tensor& momentum) {
  float* const x = value.data_ptr<float>();
  const float* const g = gradient.const_data_ptr<float>();
  float* const v = momentum.defined() ? momentum.data_ptr<float>() : nullptr;
  const auto rate = static_cast<float>(learning_rate),
             decay = static_cast<float>(config.weight_decay);
  const auto kept = first ? 0 : static_cast<float>(config.momentum);
  for_numbers(value.numel(), [=](std::int64_t i) {
    float step = g[i] * scale + decay * x[i];
    if (v != nullptr) step = v[i] = kept * v[i] + step;
    x[i] -= rate * step;
  });
}

/// AdamW as PyTorch's, its update number `number`, from 0.
void adamw_on_cpu(const OptimiserConfig& config, double learning_rate, std::int64_t number,
                  float scale, const at::Tensor& value, const at::Tensor& gradient,
                  const at::Tensor& mean, const at::Tensor& square) {
  float* const x = value.data_ptr<float>();
  const float* const g = gradient.const_data_ptr<float>();
  float* const m = mean.data_ptr<float>();
  float* const s = square.data_ptr<float>();
  const auto updates = static_cast<double>(number + 1);
  const auto correction = [&](double beta) { return 1 - exponential(updates * natural_log(beta)); };
  const auto shrink = static_cast<float>(1 - learning_rate * config.weight_decay);
  const auto rate = static_cast<float>(learning_rate / correction(kBeta1));
  const auto root = static_cast<float>(std::sqrt(correction(kBeta2)));
  constexpr auto new1 = static_cast<float>(1 - kBeta1), new2 = static_cast<float>(1 - kBeta2);
  constexpr auto kept2 = static_cast<float>(kBeta2), epsilon = static_cast<float>(kEpsilon);
  for_numbers(value.numel(), [=](std::int64_t i) {
    const float step = g[i] * scale;
    m[i] += new1 * (step - m[i]);
    s[i] = kept2 * s[i] + new2 * step * step;
    x[i] = shrink * x[i] - rate * m[i] / (std::sqrt(s[i]) / root + epsilon);
  });
}

}  // namespace

double learning_rate(const ScheduleConfig& config, double largest, std::int64_t step,
                     std::int64_t steps) {
  const auto at = static_cast<double>(step);
  if (config.kind == "cosine") return along_cosine(largest, 0, at / static_cast<double>(steps));
  if (config.kind == "one_cycle") {
    const auto last = static_cast<double>(steps - 1);
    const double peak = std::max(config.warmup_fraction * static_cast<double>(steps) - 1, 0.);
    const double first = largest / 25;
    if (at < peak) return along_cosine(first, largest, at / peak);
    return along_cosine(largest, first / 1e4, (at - peak) / std::max(last - peak, 1.));
  }
  return largest;
}

struct Optimiser::State {
  OptimiserConfig config;
  std::vector<Network::Parameter> parameters;              // those that are trained
  std::vector<at::Tensor> values;                          // theirs, without gradients
  std::map<std::string, std::vector<at::Tensor>> buffers;  // by what they are, one per parameter
  at::Tensor count;                // adamw's count of updates, one per parameter
  std::vector<at::Tensor> counts;  // the same, in the same memory

  State(const OptimiserConfig& config_, const Network& network) : config(config_) {
    for (const auto& parameter : network.parameters()) {
      if (!parameter.value.requires_grad()) continue;  // frozen
      parameters.push_back(parameter);
      values.push_back(parameter.value.detach());
    }
  }

  /// All on one device, by LibTorch's kernels.
  void step_on_gpu(double learning_rate, std::int64_t number, std::vector<at::Tensor>& gradients);
  void step_on_cpu(double learning_rate, std::int64_t number,
                   const std::vector<at::Tensor>& gradients);
};

Optimiser::Optimiser(const OptimiserConfig& config, const Network& network)
    : state_(new State(config, network)) {
  const auto add_buffers = [&](const std::string& name) {
    for (const auto& value : state_->values) {
      state_->buffers[name].push_back(at::zeros_like(value));
    }
  };
  if (config.kind == "adamw") {
    add_buffers("mean");
    add_buffers(kSquare);
    const auto parameters = static_cast<std::int64_t>(state_->values.size());
    state_->count = at::zeros({parameters}, state_->values.front().options());
    state_->counts = state_->count.unbind();
  } else if (config.momentum > 0) {
    add_buffers("momentum");
  }
}

Optimiser::~Optimiser() = default;

void Optimiser::step(double learning_rate, std::int64_t number) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> gradients;
  for (const auto& parameter : state_->parameters) {
    gradients.push_back(parameter.value.grad());
  }
  if (state_->values.front().is_cpu()) {
    state_->step_on_cpu(learning_rate, number, gradients);
  } else {
    state_->step_on_gpu(learning_rate, number, gradients);
  }
  for (const auto& parameter : state_->parameters) {
    parameter.value.mutable_grad().reset();
  }
}

void Optimiser::State::step_on_cpu(double learning_rate, std::int64_t number,
                                   const std::vector<at::Tensor>& gradients) {
  std::vector<at::Tensor> alike;  // laid out as the values
  for (size_t i = 0; i < values.size(); ++i) {
    const bool same = gradients[i].strides() == values[i].strides();
    alike.push_back(same ? gradients[i] : at::empty_like(values[i]).copy_(gradients[i]));
  }
  float scale = 1;
  if (config.gradient_clip > 0) {
    scale = static_cast<float>(std::min(config.gradient_clip / (norm_of(alike) + 1e-6), 1.));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (config.kind == "adamw") {
      adamw_on_cpu(config, learning_rate, number, scale, values[i], alike[i], buffers["mean"][i],
                   buffers[kSquare][i]);
    } else {
      sgd_on_cpu(config, learning_rate, number == 0, scale, values[i], alike[i],
                 buffers.empty() ? at::Tensor() : buffers["momentum"][i]);
    }
  }
}

void Optimiser::State::step_on_gpu(double learning_rate, std::int64_t number,
                                   std::vector<at::Tensor>& gradients) {
  if (config.gradient_clip > 0) {
    const at::Tensor norm = at::stack(at::_foreach_norm(gradients)).norm();
    at::_foreach_mul_(gradients, (config.gradient_clip / (norm + 1e-6)).clamp_max(1));
  }
  if (config.kind == "adamw") {
    count.fill_(static_cast<double>(number + 1));
    at::_fused_adamw_(values, gradients, buffers["mean"], buffers[kSquare], {}, counts,
                      learning_rate, kBeta1, kBeta2, config.weight_decay, kEpsilon, false, false);
  } else {
    at::_fused_sgd_(values, gradients, buffers["momentum"], config.weight_decay, config.momentum,
                    learning_rate, 0, false, false, number == 0);
  }
}

Tensors Optimiser::state() const {
  Tensors tensors;
  for (const auto& [name, buffers] : state_->buffers) {
    for (size_t i = 0; i < buffers.size(); ++i) {
      tensors.emplace(name + "/" + state_->parameters[i].name, to_plain(buffers[i]));
    }
  }
  return tensors;
}

std::vector<TensorGroup> Optimiser::groups() const {
  std::vector<TensorGroup> groups;
  for (const auto& [name, buffers] : state_->buffers) {
    groups.push_back({.prefix = name + "/", .squares = name == kSquare});
  }
  return groups;
}

void Optimiser::set_state(const Tensors& state) {
  const at::NoGradGuard no_gradients;
  for (const auto& [name, buffers] : state_->buffers) {
    for (size_t i = 0; i < buffers.size(); ++i) {
      buffers[i].copy_(from_plain(state.at(name + "/" + state_->parameters[i].name)));
    }
  }
}

}  // namespace unetflow
