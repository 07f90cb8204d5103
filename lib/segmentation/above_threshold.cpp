#include "segmentation/above_threshold.hpp"

namespace unetflow {

void above_threshold(Plane<const float> probability, double threshold, Plane<std::uint8_t> mask) {
  for (Index y = 0; y < mask.height; ++y) {
    const float* from = probability.row(y);
    std::uint8_t* to = mask.row(y);
    for (Index x = 0; x < mask.width; ++x) to[x] = static_cast<double>(from[x]) > threshold;
  }
}

}  // namespace unetflow
