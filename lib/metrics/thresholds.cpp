#include "metrics/thresholds.hpp"

namespace unetflow {

std::vector<double> challenge_thresholds(double last) {
  std::vector<double> thresholds;
  for (double t = 0; t <= last; t += 0.1) thresholds.push_back(t);
  return thresholds;
}

void above_threshold(Plane<const float> probability, double threshold, Plane<std::uint8_t> mask) {
  for (Index y = 0; y < mask.height; ++y) {
    const float* from = probability.row(y);
    std::uint8_t* to = mask.row(y);
    for (Index x = 0; x < mask.width; ++x) to[x] = static_cast<double>(from[x]) > threshold;
  }
}

}  // namespace unetflow
