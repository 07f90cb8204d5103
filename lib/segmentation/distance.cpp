#include "segmentation/distance.hpp"

#include <algorithm>

namespace unetflow {

Picture<std::int32_t> distance_to_zero(Plane<const std::uint8_t> mask) {
  Picture<std::int32_t> out(mask.height, mask.width);
  const auto distance = out.plane();
  const auto far = static_cast<std::int32_t>(mask.height + mask.width);
  for (Index y = 0; y < mask.height; ++y) {
    for (Index x = 0; x < mask.width; ++x) {
      const std::int32_t above = y > 0 ? distance(y - 1, x) + 1 : far;
      const std::int32_t left = x > 0 ? distance(y, x - 1) + 1 : far;
      distance(y, x) = mask(y, x) == 0 ? 0 : std::min({above, left, far});
    }
  }
  for (Index y = mask.height - 1; y >= 0; --y) {
    for (Index x = mask.width - 1; x >= 0; --x) {
      const std::int32_t below = y + 1 < mask.height ? distance(y + 1, x) + 1 : far;
      const std::int32_t right = x + 1 < mask.width ? distance(y, x + 1) + 1 : far;
      distance(y, x) = std::min({distance(y, x), below, right});
    }
  }
  return out;
}

}  // namespace unetflow
