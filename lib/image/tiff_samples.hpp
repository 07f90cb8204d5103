// Numbers out of the rows of a TIFF: samples of 1 to 64 bits, signed, or floats. Private to
// read_tiff.cpp.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "core/arithmetic.hpp"

namespace unetflow {

static_assert(std::endian::native == std::endian::little, "sample_bits() reads little-endian");

/// Sample number `k` of a row, as an unsigned number of `bits` bits. libtiff has brought whole
/// bytes to the machine's order; other widths are packed, highest bit first.
inline std::uint64_t sample_bits(const std::uint8_t* row, Index k, int bits) {
  std::uint64_t value = 0;
  if (bits % 8 == 0) {
    const auto bytes = static_cast<std::size_t>(bits / 8);
    std::memcpy(&value, row + static_cast<std::size_t>(k) * bytes, bytes);
    return value;
  }
  for (Index bit = k * bits; bit < (k + 1) * bits; ++bit) {
    value = value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1u);
  }
  return value;
}

/// Reverses the bytes of each sample of `width` bytes.
inline void swap_bytes(std::vector<std::uint8_t>& bytes, std::size_t width) {
  for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
    std::reverse(bytes.begin() + static_cast<Index>(at),
                 bytes.begin() + static_cast<Index>(at + width));
  }
}

inline std::int64_t signed_value(std::uint64_t value, int bits) {
  return static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits);
}

/// IEEE 754 half precision.
inline float half_value(std::uint64_t half) {
  const int exponent = static_cast<int>(half >> 10 & 31);
  const int fraction = static_cast<int>(half & 1023);
  const float magnitude = exponent == 31 ? (fraction == 0 ? std::numeric_limits<float>::infinity()
                                                          : std::numeric_limits<float>::quiet_NaN())
                          : exponent == 0
                              ? std::ldexp(static_cast<float>(fraction), -24)
                              : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return (half >> 15 & 1) != 0 ? -magnitude : magnitude;
}

/// The float of 16, 32 or 64 bits.
inline float float_value(std::uint64_t value, int bits) {
  if (bits == 16) return half_value(value);
  if (bits == 32) return std::bit_cast<float>(static_cast<std::uint32_t>(value));
  return static_cast<float>(std::bit_cast<double>(value));
}

}  // namespace unetflow
