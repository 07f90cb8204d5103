#include "training/divergence.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/error.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

constexpr const char* kAdvice = "a lower learning rate or gradient clipping may help";

}  // namespace

void check_loss(double loss, std::int64_t update, const Batch& batch) {
  if (std::isfinite(loss)) return;
  throw Error(fmt::format("the loss is {} at update {}, in epoch {}, of {}; {}",
                          std::isnan(loss) ? "not a number" : "infinite", update, batch.epoch,
                          batch.names(), kAdvice));
}

void check_weights(const Network& network, std::int64_t updates) {
  for (const auto& parameter : network.parameters()) {
    if (parameter.value.isfinite().all().item<bool>()) continue;
    throw Error(fmt::format("the weights {} became infinite or not a number after update {}; {}",
                            parameter.name, updates, kAdvice));
  }
}

}  // namespace unetflow
