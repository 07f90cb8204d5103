// How a network is trained. Nothing here needs LibTorch.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "network/loss.hpp"
#include "network/network_config.hpp"
#include "training/optimiser.hpp"

namespace unetflow {

struct ValidationConfig {
  int every = 0;     ///< epochs between measurements on the validation images; 0: never
  int patience = 0;  ///< measurements without a better V_rand that end the training; 0: any
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ValidationConfig, every, patience)

struct TrainConfig {
  static constexpr const char* kSchema = "train";
  std::uint64_t seed = 1;
  std::uint32_t epochs = 30;
  int batch = 1;               ///< samples in a batch
  int accumulation_steps = 1;  ///< batches whose gradients make one update
  NetworkOptions network;
  LossConfig loss;
  OptimiserConfig optimiser;
  ScheduleConfig schedule;
  double ema_decay = 0;  ///< of the exponential moving average of the weights; 0: no average
  ValidationConfig validation;
  std::string device = "auto";       ///< or "cpu", "cuda"
  std::string precision = "auto";    ///< or "float32", "bfloat16"
  std::string convolution = "auto";  ///< or "direct"
  bool deterministic = false;        ///< the same bytes in two runs on a GPU, too
  double checkpoint_minutes = 5;     ///< from one checkpoint to the next
  double time_limit_minutes = 0;     ///< training ends at the first update after it; 0: none
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrainConfig, seed, epochs, batch, accumulation_steps, network,
                                   loss, optimiser, schedule, ema_decay, validation, device,
                                   precision, convolution, deterministic, checkpoint_minutes,
                                   time_limit_minutes)

}  // namespace unetflow
