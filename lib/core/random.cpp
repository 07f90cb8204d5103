#include "core/random.hpp"

#include <cmath>

#include "core/deterministic_math.hpp"

namespace unetflow {

double random_normal(std::uint64_t key, std::uint64_t index) {
  const PhiloxBlock block = random_words(key, index);
  // In (0, 1], so that the logarithm is finite.
  const double u =
      static_cast<double>(((block[0] | std::uint64_t{block[1]} << 32) >> 11) + 1) * 0x1p-53;
  const double v = static_cast<double>((block[2] | std::uint64_t{block[3]} << 32) >> 11) * 0x1p-53;
  return std::sqrt(-2 * natural_log(u)) * cosine_sine(360 * v).first;
}

}  // namespace unetflow
