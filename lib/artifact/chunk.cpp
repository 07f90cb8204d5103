#include "artifact/chunk.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/error.hpp"

namespace unetflow {
namespace {

enum Filter : std::uint32_t { kShuffle = 1 << 0, kDeflate = 1 << 1, kChecksum = 1 << 2 };

/// Fletcher's checksum as HDF5 computes it: of 16-bit big-endian words; an odd last byte is the
/// high half of one.
std::uint32_t fletcher32(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0, sum_of_sums = 0;
  const auto fold = [](std::uint32_t& value) { value = (value & 0xFFFF) + (value >> 16); };
  std::size_t i = 0;
  while (i + 2 <= bytes.size()) {
    // As many words as keep the sums within 32 bits.
    constexpr std::size_t kWords = 360;
    const std::size_t end = std::min(i + 2 * kWords, bytes.size() & ~std::size_t{1});
    for (; i < end; i += 2) {
      sum += std::to_integer<std::uint32_t>(bytes[i]) << 8 |
             std::to_integer<std::uint32_t>(bytes[i + 1]);
      sum_of_sums += sum;
    }
    fold(sum);
    fold(sum_of_sums);
  }
  if (i < bytes.size()) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << 8;
    sum_of_sums += sum;
    fold(sum);
    fold(sum_of_sums);
  }
  fold(sum);
  fold(sum_of_sums);
  return sum_of_sums << 16 | sum;
}

void inflate(std::span<const std::byte> from, std::span<std::byte> to, const std::string& place) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> state(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (libdeflate_zlib_decompress(state.get(), from.data(), from.size(), to.data(), to.size(),
                                 nullptr) != LIBDEFLATE_SUCCESS) {
    throw InputError(place, "is damaged: it does not inflate to a sample");
  }
}

/// Undoes HDF5's shuffle filter: first bytes of all values, then all second bytes, and so on.
void unshuffle(std::span<const std::byte> from, std::size_t element, std::span<std::byte> to) {
  const std::size_t count = to.size() / element;
  const auto interleave = [&](auto bytes) {
    constexpr std::size_t kBytes = decltype(bytes)::value;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t b = 0; b < kBytes; ++b) to[i * kBytes + b] = from[b * count + i];
    }
  };
  if (element == 2) return interleave(std::integral_constant<std::size_t, 2>());
  if (element == 4) return interleave(std::integral_constant<std::size_t, 4>());
  interleave(std::integral_constant<std::size_t, 8>());
}

}  // namespace

void decode(const Chunk& chunk, std::span<std::byte> values) {
  std::span<const std::byte> bytes = chunk.bytes;
  const auto applied = [&](Filter filter) { return (chunk.skipped & filter) == 0; };
  if (applied(kChecksum)) {
    std::uint32_t expected = 0;
    if (bytes.size() < sizeof expected)
      throw InputError(chunk.place, "is damaged: it is cut short");
    bytes = bytes.first(bytes.size() - sizeof expected);
    std::memcpy(&expected, bytes.data() + bytes.size(), sizeof expected);
    if (fletcher32(bytes) != expected) {
      throw InputError(chunk.place, "is damaged: its checksum differs");
    }
  }
  const bool shuffled = applied(kShuffle) && chunk.element > 1;
  std::vector<std::byte> inflated;
  if (applied(kDeflate)) {
    if (!shuffled) return inflate(bytes, values, chunk.place);
    inflated.resize(values.size());
    inflate(bytes, inflated, chunk.place);
    bytes = inflated;
  }
  if (bytes.size() != values.size()) {
    throw InputError(chunk.place, "is damaged: it has another size than a sample");
  }
  if (shuffled) return unshuffle(bytes, chunk.element, values);
  std::copy(bytes.begin(), bytes.end(), values.begin());
}

}  // namespace unetflow
