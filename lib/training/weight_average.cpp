#include "training/weight_average.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "network/network.hpp"

namespace unetflow {

struct WeightAverage::State {
  double decay;
  const Network& network;
  std::vector<at::Tensor> values, averages;
};

WeightAverage::WeightAverage(double decay, const Network& network)
    : state_(new State{decay, network, values_of(network), {}}) {
  for (const auto& value : state_->values) state_->averages.push_back(value.clone());
}

WeightAverage::~WeightAverage() = default;

void WeightAverage::update(std::int64_t number) {
  const at::NoGradGuard no_gradients;
  const auto before = static_cast<double>(number);
  at::_foreach_lerp_(state_->averages, state_->values,
                     1 - std::min(state_->decay, before / (before + 1)));
}

Tensors WeightAverage::weights() const { return named("", state_->network, state_->averages); }

Tensors WeightAverage::state() const {
  return named("average/", state_->network, state_->averages);
}

void WeightAverage::set_state(const Tensors& state, const std::string& place) {
  set_named("average/", state_->network, state_->averages, state, place);
}

}  // namespace unetflow
