#include "training/ema.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "network/network.hpp"

namespace unetflow {

struct Ema::State {
  double decay;
  const Network& network;
  std::vector<at::Tensor> values, averages;
};

Ema::Ema(double decay, const Network& network)
    : state_(new State{decay, network, values_of(network), {}}) {
  for (const auto& value : state_->values) state_->averages.push_back(value.clone());
}

Ema::~Ema() = default;

void Ema::update(std::int64_t number) {
  const at::NoGradGuard no_gradients;
  const auto before = static_cast<double>(number);
  const double share = 1 - std::min(state_->decay, before / (before + 1));
  if (!state_->values.front().is_cpu()) {
    at::_foreach_lerp_(state_->averages, state_->values, share);
    return;
  }
  // Not lerp, whose rounding depends on the processor.
  for (size_t i = 0; i < state_->values.size(); ++i) {
    at::Tensor& average = state_->averages[i];
    average.add_((state_->values[i] - average).mul_(share));
  }
}

void Ema::exchange() {
  const at::NoGradGuard no_gradients;
  auto& values = state_->values;
  auto& averages = state_->averages;
  std::vector<at::Tensor> weights;
  for (const auto& value : values) weights.push_back(value.clone());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i].copy_(averages[i]);
    averages[i].copy_(weights[i]);
  }
}

Tensors Ema::weights() const { return named("", state_->network, state_->averages); }

Tensors Ema::state() const { return named(kPrefix, state_->network, state_->averages); }

void Ema::set_state(const Tensors& state) {
  set_named(kPrefix, state_->network, state_->averages, state);
}

}  // namespace unetflow
