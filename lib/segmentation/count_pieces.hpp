// In how many pieces values are: ids of cells are in one each, classes in many.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// The number of connected pieces of one value each, but 0. `connectivity` is 4 or 8.
template <class T>
std::int64_t count_pieces(Plane<const T> values, int connectivity) {
  std::vector<Index> parent(static_cast<std::size_t>(values.size()));
  std::iota(parent.begin(), parent.end(), Index{0});
  const auto at = [](Index i) { return static_cast<std::size_t>(i); };
  const auto root = [&](Index i) {
    while (parent[at(i)] != i) i = parent[at(i)] = parent[at(parent[at(i)])];
    return i;
  };
  std::int64_t pieces = 0;
  for (Index y = 0; y < values.height; ++y) {
    for (Index x = 0; x < values.width; ++x) {
      const T value = values(y, x);
      if (value == T{0}) continue;
      ++pieces;
      const auto join = [&](Index v, Index u) {
        if (v < 0 || u < 0 || u >= values.width || values(v, u) != value) return;
        const Index a = root(v * values.width + u), b = root(y * values.width + x);
        if (a == b) return;
        parent[at(std::max(a, b))] = std::min(a, b);
        --pieces;
      };
      join(y, x - 1);
      join(y - 1, x);
      if (connectivity == 4) continue;
      join(y - 1, x - 1);
      join(y - 1, x + 1);
    }
  }
  return pieces;
}

}  // namespace unetflow
