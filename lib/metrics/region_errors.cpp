#include "metrics/region_errors.hpp"

namespace unetflow {

std::vector<RegionError> region_errors(Plane<const std::uint8_t> label,
                                       Plane<const std::uint8_t> mask, Index side) {
  std::vector<RegionError> regions;
  for (Index top = 0; top + side <= label.height; top += side) {
    for (Index left = 0; left + side <= label.width; left += side) {
      Index errors = 0, annotated = 0;
      bool foreground = false;
      for (Index y = top; y < top + side; ++y) {
        for (Index x = left; x < left + side; ++x) {
          if (label(y, x) == kIgnored) continue;
          ++annotated;
          errors += (label(y, x) != 0) != (mask(y, x) != 0);
          foreground = foreground || label(y, x) != 0 || mask(y, x) != 0;
        }
      }
      if (annotated == 0) continue;
      regions.push_back(
          {top, left, static_cast<double>(errors) / static_cast<double>(annotated), foreground});
    }
  }
  return regions;
}

}  // namespace unetflow
