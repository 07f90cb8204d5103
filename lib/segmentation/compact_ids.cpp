#include "segmentation/compact_ids.hpp"

#include <algorithm>
#include <vector>

namespace unetflow {

std::uint32_t compact_ids(Plane<std::uint32_t> ids) {
  std::vector<std::uint32_t> present;
  for (Index y = 0; y < ids.height; ++y) {
    present.insert(present.end(), ids.row(y), ids.row(y) + ids.width);
    std::sort(present.begin(), present.end());
    present.erase(std::unique(present.begin(), present.end()), present.end());
  }
  std::erase(present, 0u);
  for (Index y = 0; y < ids.height; ++y) {
    for (Index x = 0; x < ids.width; ++x) {
      if (ids(y, x) == 0) continue;
      const auto found = std::lower_bound(present.begin(), present.end(), ids(y, x));
      ids(y, x) = static_cast<std::uint32_t>(found - present.begin()) + 1;
    }
  }
  return static_cast<std::uint32_t>(present.size());
}

}  // namespace unetflow
