// Decoding a sample's chunk of a shard: shuffled, deflated, guarded by Fletcher32. HDF5 is
// single-threaded and needs ten milliseconds for a tile. This code runs in many threads at once,
// each three times as fast (libdeflate).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace unetflow {

struct Chunk {
  std::vector<std::byte> bytes;
  std::uint32_t skipped = 0;  ///< bit i: the i-th filter was not applied, as HDF5 notes it
  std::size_t element = 1;    ///< bytes per value
  std::string place;          ///< file, dataset and index, for errors
};

/// Fills `values`, little-endian. Throws InputError(place, "is damaged: ...") unless the checksum
/// is right and the chunk has exactly as many values.
void decode(const Chunk& chunk, std::span<std::byte> values);

}  // namespace unetflow
