// Sums of floats that are the same bytes on every processor and at any number of threads: which
// numbers are added to which is fixed by their places alone, never by vectors or threads.
#pragma once

#include <algorithm>
#include <array>

#include "core/arithmetic.hpp"

namespace unetflow {

/// f(0) + ... + f(count - 1). Within blocks of 1024 terms, term i goes to lane i mod 16 in float32;
/// lanes, then blocks, are added in order in double precision. Exact to some 64 roundings of
/// float32, whatever `count` is. A compiler makes vectors of it.
template <class Term>
double fixed_sum(Index count, Term f) {
  constexpr Index kLanes = 16, kBlock = 1024;
  double total = 0;
  for (Index first = 0; first < count; first += kBlock) {
    const Index end = std::min(first + kBlock, count);
    std::array<float, kLanes> lanes = {};
    Index i = first;
    for (; i + kLanes <= end; i += kLanes) {
      for (Index lane = 0; lane < kLanes; ++lane)
        lanes[static_cast<std::size_t>(lane)] += f(i + lane);
    }
    for (Index lane = 0; i < end; ++i, ++lane) lanes[static_cast<std::size_t>(lane)] += f(i);
    double block = 0;
    for (const float lane : lanes) block += static_cast<double>(lane);
    total += block;
  }
  return total;
}

}  // namespace unetflow
