// Random numbers as a function of (seed, purpose, epoch, sample, index), never of threads, order or
// the number of shards: Philox4x32-10, the counter-based generator of Salmon et al., "Parallel
// random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

namespace unetflow {

using PhiloxBlock = std::array<std::uint32_t, 4>;

/// Ten rounds of Philox4x32 over one 128-bit counter.
constexpr PhiloxBlock philox(PhiloxBlock c, std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

/// What a random key is for; each purpose draws from numbers of its own. Values are part of the
/// reproducible result: never renumber.
enum class Purpose : std::uint32_t {
  kOrder = 1,           ///< order of samples within an epoch
  kChoice = 2,          ///< which augmentations a sample gets, and their parameters
  kDisplacement = 3,    ///< elastic displacement field
  kNoise = 4,           ///< gray-value noise
  kInitialisation = 5,  ///< network weights; sample = parameter number
  kDropout = 6,         ///< dropout masks
  kFold = 7,            ///< cross-validation folds
  kPhantom = 8,         ///< synthetic pictures
  kBootstrap = 9,       ///< confidence intervals
};

/// The key under which all random numbers of one sample in one epoch are drawn.
constexpr std::uint64_t random_key(std::uint64_t seed, Purpose purpose, std::uint32_t epoch = 0,
                                   std::uint64_t sample = 0) {
  const PhiloxBlock block =
      philox({epoch, static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(sample >> 32),
              static_cast<std::uint32_t>(purpose)},
             seed);
  return block[0] | std::uint64_t{block[1]} << 32;
}

/// The four 32-bit words number 4 * index to 4 * index + 3 under a key.
constexpr PhiloxBlock random_words(std::uint64_t key, std::uint64_t index) {
  return philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0},
                key);
}

/// Uniform in [0, 1), 53 bits.
constexpr double random_uniform(std::uint64_t key, std::uint64_t index) {
  const PhiloxBlock block = random_words(key, index);
  return static_cast<double>((block[0] | std::uint64_t{block[1]} << 32) >> 11) * 0x1p-53;
}

/// Uniform in {0, ..., bound - 1}; the bias of bound / 2^64 is below anything measurable.
constexpr std::uint64_t random_below(std::uint64_t key, std::uint64_t index, std::uint64_t bound) {
  const PhiloxBlock block = random_words(key, index);
  const std::uint64_t bits = block[0] | std::uint64_t{block[1]} << 32;
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits) * bound) >> 64);
}

/// A standard normal number (Box-Muller), the same on every processor.
double random_normal(std::uint64_t key, std::uint64_t index);

/// A permutation of 0 ... size - 1 (Fisher-Yates).
inline std::vector<std::int64_t> random_permutation(std::uint64_t key, std::int64_t size) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = size - 1; i > 0; --i) {
    const auto j =
        random_below(key, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(i) + 1);
    std::swap(order[static_cast<std::size_t>(i)], order[j]);
  }
  return order;
}

}  // namespace unetflow
