// Normal noise, independent in every pixel and channel.
//
// Where each random number is: a row of noise is cut into four segments of
// Q = 16 ceil(width / 64) normal numbers. Block b of random_words(key, row << 32 | b) gives number
// b of each segment, by Box and Muller 1958 on 24 bits of each word: its words 0 and 1 give those
// of the segments 0 (cosine) and 1 (sine), its words 2 and 3 those of the segments 2 and 3.
#pragma once

#include <nlohmann/json.hpp>

#include "sample/augmentation.hpp"

namespace unetflow {

struct Noise {
  static constexpr const char* kKey = "noise";
  static constexpr DrawNumbers kDraws{8, 1};

  double probability = 0;
  double sigma = 0.2;  ///< gray value; standard deviation

  IntensityChange draw(const Draws& draws, Stack<const float> input) const;
  Showing showing() const;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Noise, probability, sigma)

/// Row number `row` of standard normal noise, |value| < 5.8. `out` has room for
/// round_up(width, 64).
void normal_row(std::uint64_t key, std::uint32_t row, Index width, float* out);

}  // namespace unetflow
