#include "sample/cut_touching.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace unetflow {
namespace {

bool touches_another(Plane<const std::uint32_t> cells, Index y, Index x) {
  const std::uint32_t cell = cells(y, x);
  for (Index v = std::max<Index>(y - 1, 0); v <= std::min(y + 1, cells.height - 1); ++v) {
    for (Index u = std::max<Index>(x - 1, 0); u <= std::min(x + 1, cells.width - 1); ++u) {
      if (cells(v, u) != 0 && cells(v, u) != cell) return true;
    }
  }
  return false;
}

}  // namespace

CutCells cut_touching(Plane<std::uint8_t> label, Plane<std::uint32_t> instances) {
  struct Pixels {
    Index all = 0, cut = 0;
  };
  std::unordered_map<std::uint32_t, Pixels> cells;
  std::vector<std::pair<Index, Index>> touching;
  for (Index y = 0; y < instances.height; ++y) {
    for (Index x = 0; x < instances.width; ++x) {
      if (instances(y, x) == 0) continue;
      Pixels& pixels = cells[instances(y, x)];
      ++pixels.all;
      if (!touches_another(instances, y, x)) continue;
      ++pixels.cut;
      touching.push_back({y, x});
    }
  }
  for (const auto& [y, x] : touching) {
    instances(y, x) = 0;
    if (label(y, x) != kIgnored) label(y, x) = 0;
  }
  CutCells lost;
  for (const auto& [id, pixels] : cells) {
    if (pixels.cut == pixels.all) {
      ++lost.vanished;
    } else if (2 * pixels.cut > pixels.all) {
      ++lost.halved;
    }
  }
  return lost;
}

}  // namespace unetflow
