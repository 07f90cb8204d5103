#include "segmentation/separate_cells.hpp"

namespace unetflow {

Picture<std::uint8_t> separate_cells(Plane<const std::uint32_t> ids) {
  Picture<std::uint8_t> mask(ids.height, ids.width);
  for (Index y = 0; y < ids.height; ++y) {
    const std::uint32_t* const row = ids.row(y);
    const std::uint32_t* const above = ids.row(y > 0 ? y - 1 : 0);
    for (Index x = 0; x < ids.width; ++x) {
      const auto touches = [&](std::uint32_t other) { return other != 0 && other != row[x]; };
      mask.plane()(y, x) = row[x] != 0 && !touches(above[x]) && (x == 0 || !touches(row[x - 1]));
    }
  }
  return mask;
}

}  // namespace unetflow
