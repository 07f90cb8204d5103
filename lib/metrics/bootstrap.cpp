#include "metrics/bootstrap.hpp"

#include <cmath>
#include <vector>

#include "core/quantile.hpp"
#include "core/random.hpp"

namespace unetflow {

std::array<double, 2> bootstrap_interval(
    const BootstrapConfig& config, std::size_t size,
    const std::function<double(std::span<const std::size_t>)>& statistic) {
  std::vector<double> values;
  std::vector<std::size_t> drawn(size);
  for (int resample = 0; resample < config.resamples; ++resample) {
    const auto key =
        random_key(config.seed, Purpose::kBootstrap, 0, static_cast<std::uint64_t>(resample));
    for (std::size_t i = 0; i < size; ++i) drawn[i] = random_below(key, i, size);
    values.push_back(statistic(drawn));
  }
  // A resample has no value if no image drawn has an object.
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return {std::nan(""), std::nan("")};
  const double tail = (1 - config.confidence) / 2;
  return {quantile(std::span(values), tail), quantile(std::span(values), 1 - tail)};
}

}  // namespace unetflow
