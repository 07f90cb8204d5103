#include "metrics/region_errors.hpp"

namespace unetflow {

std::vector<RegionError> region_errors(Plane<const std::uint8_t> label,
                                       Plane<const std::uint8_t> mask, Index side) {
  std::vector<RegionError> regions;
  for (Index top = 0; top + side <= label.height; top += side) {
    for (Index left = 0; left + side <= label.width; left += side) {
      Index errors = 0;
      for (Index y = top; y < top + side; ++y) {
        for (Index x = left; x < left + side; ++x) {
          errors += (label(y, x) != 0) != (mask(y, x) != 0);
        }
      }
      regions.push_back(
          {top, left, static_cast<double>(errors) / static_cast<double>(side * side)});
    }
  }
  return regions;
}

}  // namespace unetflow
