// What a sample is called: the tile of an image that it was cut from. The id does not depend on how
// images are dealt out to shards, so neither does the sample's randomness.
//
// Both numbers count from 0, in shards, in messages and in the report alike.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace unetflow {

struct SampleId {
  std::int64_t picture = 0;  ///< index of the image among all that were ingested, below 2^31
  std::int64_t tile = 0;     ///< number of the tile in the image, row by row, below 2^32

  /// As stored in shards, and as random numbers are keyed: the order of the packed ids is that of
  /// the ids.
  constexpr std::int64_t pack() const { return picture << 32 | tile; }
  static constexpr SampleId unpack(std::int64_t packed) {
    return {packed >> 32, packed & 0xFFFFFFFF};
  }
  /// As messages name it: "tile 3 of image number 17".
  std::string name() const {
    return "tile " + std::to_string(tile) + " of image number " + std::to_string(picture);
  }

  auto operator<=>(const SampleId&) const = default;
};

}  // namespace unetflow
