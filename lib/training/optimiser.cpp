#include "training/optimiser.hpp"

#include <ATen/core/grad_mode.h>

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include <numbers>

#include "core/error.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

constexpr const char* kSquare = "square";

/// From `from` to `to` along half a cosine, this fraction of the way.
double along_cosine(double from, double to, double fraction) {
  return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * fraction));
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
  const Network& network;
  std::vector<at::Tensor> values;
  std::map<std::string, std::vector<at::Tensor>> buffers;  // by what they are, one per parameter
  at::Tensor count;                // adamw's count of updates, one per parameter
  std::vector<at::Tensor> counts;  // the same, in the same memory
};

Optimiser::Optimiser(const OptimiserConfig& config, const Network& network)
    : state_(new State{config, network, values_of(network), {}, {}, {}}) {
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
  const OptimiserConfig& config = state_->config;
  std::vector<at::Tensor> gradients;
  for (const auto& parameter : state_->network.parameters()) {
    gradients.push_back(parameter.value.grad());
  }
  if (config.gradient_clip > 0) {
    const at::Tensor norm = at::stack(at::_foreach_norm(gradients)).norm();
    at::_foreach_mul_(gradients, (config.gradient_clip / (norm + 1e-6)).clamp_max(1));
  }
  auto& buffers = state_->buffers;
  if (config.kind == "adamw") {
    constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    state_->count.fill_(static_cast<double>(number + 1));
    at::_fused_adamw_(state_->values, gradients, buffers["mean"], buffers[kSquare], {},
                      state_->counts, learning_rate, beta1, beta2, config.weight_decay, epsilon,
                      false, false);
  } else {
    at::_fused_sgd_(state_->values, gradients, buffers["momentum"], config.weight_decay,
                    config.momentum, learning_rate, 0, false, false, number == 0);
  }
  for (const auto& parameter : state_->network.parameters()) {
    parameter.value.mutable_grad().reset();
  }
}

Tensors Optimiser::state() const {
  Tensors tensors;
  for (const auto& [name, buffers] : state_->buffers) {
    tensors.merge(named(name + "/", state_->network, buffers));
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
  for (const auto& [name, buffers] : state_->buffers) {
    set_named(name + "/", state_->network, buffers, state);
  }
}

}  // namespace unetflow
