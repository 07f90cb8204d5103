// An exponential moving average (EMA) of the weights during training, which generalises better than
// the last weights: Polyak and Juditsky 1992; Izmailov et al. 2018.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "artifact/safetensors.hpp"

namespace unetflow {

class Network;

/// Over the first updates the plain mean of the weights so far, then exponential:
/// average += (weights - average) * (1 - min(decay, number / (number + 1))).
class Ema {
 public:
  static constexpr const char* kPrefix = "ema/";
  /// Keeps a reference to `network`, whose parameters must already be on their device.
  Ema(double decay, const Network& network);
  ~Ema();
  /// Includes the weights after update `number`, which counts from 0.
  void update(std::int64_t number);
  /// The network gets the averages and this its weights, on their device; and back.
  void exchange();
  /// The averages, named like the parameters, as in weights_of().
  Tensors weights() const;
  /// The same for a checkpoint, with kPrefix before.
  Tensors state() const;
  /// Back from a state that was checked.
  void set_state(const Tensors& state);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
