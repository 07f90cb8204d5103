#include "training/divergence.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "core/error.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

constexpr const char* kAdvice = "a lower learning rate or gradient clipping may help";

}  // namespace

void check_loss(double loss, std::int64_t update, std::uint32_t epoch,
                const std::vector<SampleId>& samples) {
  if (std::isfinite(loss)) return;
  std::vector<std::string> names;
  for (const SampleId& sample : samples) names.push_back(sample.name());
  throw Error(fmt::format("the loss is {} at update {}, in epoch {}, of {}; {}",
                          std::isnan(loss) ? "not a number" : "infinite", update, epoch,
                          fmt::join(names, ", "), kAdvice));
}

void check_weights(const Network& network, std::int64_t updates) {
  for (const auto& parameter : network.parameters()) {
    if (parameter.value.isfinite().all().item<bool>()) continue;
    throw Error(fmt::format("the weights {} became infinite or not a number after update {}; {}",
                            parameter.name, updates, kAdvice));
  }
}

}  // namespace unetflow
