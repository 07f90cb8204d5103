// Work on the samples of a shard, a batch after the other. One thread reads and writes, since only
// one thread of a process may use HDF5 at a time; in between, all threads compute, one sample each.
#pragma once

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace unetflow {

/// For i = 0 ... count - 1: read(i, lane), compute(i, lane), write(i, lane). Only compute runs in
/// parallel. A lane is the memory of one thread's sample; there are as many threads as lanes.
template <class Lane, class Read, class Compute, class Write>
void in_batches(std::int64_t count, std::vector<Lane>& lanes, Read read, Compute compute,
                Write write) {
  const auto width = static_cast<std::int64_t>(lanes.size());
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, lanes.size());
  const auto lane = [&](std::int64_t i) -> Lane& {
    return lanes[static_cast<std::size_t>(i % width)];
  };
  for (std::int64_t first = 0; first < count; first += width) {
    const auto last = std::min(first + width, count);
    for (std::int64_t i = first; i < last; ++i) read(i, lane(i));
    tbb::parallel_for(first, last, [&](std::int64_t i) { compute(i, lane(i)); });
    for (std::int64_t i = first; i < last; ++i) write(i, lane(i));
  }
}

}  // namespace unetflow
