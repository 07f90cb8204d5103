#include "segmentation/grow.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace unetflow {
namespace {

constexpr size_t kLevels = 256;

struct Step {
  Index y = 0, x = 0;
  std::uint32_t cell = 0;
};

}  // namespace

void grow_over_foreground(Plane<std::uint32_t> ids, Plane<const float> probability, double least) {
  std::array<std::vector<Step>, kLevels> steps;  // of each level, first in, first out
  std::array<size_t, kLevels> next{};
  size_t level = 0;  // no step that is left is above it
  const auto offer = [&](Index y, Index x, std::uint32_t cell) {
    if (y < 0 || y >= ids.height || x < 0 || x >= ids.width || ids(y, x) != 0) return;
    const double own = probability(y, x);
    if (!(own > least)) return;
    const auto place = static_cast<size_t>(std::clamp(own, 0.0, 1.0) * (kLevels - 1));
    steps[place].push_back({y, x, cell});
    level = std::max(level, place);
  };
  const auto offer_around = [&](Index y, Index x) {
    const std::uint32_t cell = ids(y, x);
    offer(y - 1, x, cell);
    offer(y, x - 1, cell);
    offer(y, x + 1, cell);
    offer(y + 1, x, cell);
  };
  for (Index y = 0; y < ids.height; ++y) {
    for (Index x = 0; x < ids.width; ++x) {
      if (ids(y, x) != 0) offer_around(y, x);
    }
  }
  while (true) {
    while (level > 0 && next[level] == steps[level].size()) --level;
    if (next[level] == steps[level].size()) return;
    const auto [y, x, cell] = steps[level][next[level]++];
    if (ids(y, x) != 0) continue;
    ids(y, x) = cell;
    offer_around(y, x);
  }
}

}  // namespace unetflow
