// Confidence intervals by the bootstrap (Efron 1979): images are drawn with replacement, and the
// statistic is computed again from those drawn.
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

/// The percentile interval [low, high] of `statistic` over resamples of `size` >= 1 things, which
/// are given to it by their numbers. Resamples whose statistic is NaN are left out; the interval is
/// NaN if all are. Randomness is counter-based: equal configurations give equal intervals.
std::array<double, 2> bootstrap_interval(
    const BootstrapConfig& config, std::size_t size,
    const std::function<double(std::span<const std::size_t>)>& statistic);

}  // namespace unetflow
