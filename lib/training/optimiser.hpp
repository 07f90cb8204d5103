// Optimisers and learning-rate schedules.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "artifact/safetensors.hpp"

namespace unetflow {

class Network;
struct TensorGroup;

struct OptimiserConfig {
  std::string kind = "sgd";      ///< or "adamw" (Loshchilov and Hutter 2019)
  double learning_rate = 0.001;  ///< the schedule's largest
  double momentum = 0.99;        ///< sgd only
  double weight_decay = 0;       ///< sgd: in the gradient; adamw: decoupled
  double gradient_clip = 0;      ///< largest norm of all gradients together; 0: no limit
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OptimiserConfig, kind, learning_rate, momentum, weight_decay,
                                   gradient_clip)

struct ScheduleConfig {
  std::string kind = "constant";  ///< "cosine" falls to 0; "one_cycle" rises first
  double warmup_fraction = 0.1;   ///< of the steps, in which one_cycle rises
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ScheduleConfig, kind, warmup_fraction)

/// The learning rate of step 0 ... steps - 1. one_cycle (Smith and Topin 2018, as PyTorch's
/// OneCycleLR): from 1/25 up to `largest`, then down to 1/250000 of it, along half cosines.
double learning_rate(const ScheduleConfig& config, double largest, std::int64_t step,
                     std::int64_t steps);

/// Changes a network's parameters by their gradients. Its own state is named like the parameters,
/// after "momentum/", "mean/" or "square/".
class Optimiser {
 public:
  /// Keeps a reference to `network`, whose parameters must already be on their device.
  Optimiser(const OptimiserConfig& config, const Network& network);
  ~Optimiser();
  /// One update by the gradients, which are cleared. `number` counts updates from 0.
  void step(double learning_rate, std::int64_t number);
  Tensors state() const;
  /// How the state's tensors are named, for check_tensors().
  std::vector<TensorGroup> groups() const;
  /// Back from a state that was checked against groups().
  void set_state(const Tensors& state);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
