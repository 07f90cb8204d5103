// A sample as it lies in a shard: shuffled, deflated, guarded by Fletcher32. HDF5 lets one thread
// in at a time and takes ten milliseconds to make a tile of its chunk; what is done here, many
// threads do at once, three times as fast (libdeflate).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace unetflow {

struct Chunk {
  std::vector<std::byte> bytes;
  bool encoded = false;       ///< otherwise the bytes are the values
  std::uint32_t skipped = 0;  ///< bit i: the i-th filter was not applied, as HDF5 notes it
  std::size_t element = 1;    ///< bytes of a value
  std::string place;          ///< file, dataset and index, for errors
};

/// The values, little-endian. Throws InputError(place, "is damaged: ...") unless the checksum is
/// right and there are as many values as asked for.
void decode(const Chunk& chunk, std::span<std::byte> values);

}  // namespace unetflow
