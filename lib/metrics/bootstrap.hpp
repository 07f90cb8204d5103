// Confidence intervals by the bootstrap (Efron 1979): the pictures are drawn again, with
// replacement, and the statistic computed anew.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>

namespace unetflow {

struct BootstrapConfig {
  int resamples = 1000;
  double confidence = 0.95;
  std::uint64_t seed = 1;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BootstrapConfig, resamples, confidence, seed)

/// The percentile interval [low, high] of `statistic` over resamples of `size` things, given to it
/// as their numbers. Randomness is counter-based: one configuration, one interval. size >= 1.
std::array<double, 2> bootstrap_interval(
    const BootstrapConfig& config, std::size_t size,
    const std::function<double(std::span<const std::size_t>)>& statistic);

}  // namespace unetflow
