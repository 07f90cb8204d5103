// Variation of gray values: contrast and noise.
//
// Which random number stands where: a row of noise is cut into four segments of
// Q = 16 ceil(width / 64) normal numbers. Block b of random_words(key, row << 32 | b) gives number
// b of each segment: its words 0 and 1 those of the segments 0 (cosine) and 1 (sine), its words 2
// and 3 those of the segments 2 and 3, by Box and Muller 1958 on 24 bits a word.
#pragma once

#include <cstdint>

#include "image/view.hpp"

namespace unetflow {

/// Row number `row` of standard normal noise, |value| < 5.8. `out` has room for
/// round_up(width, 64).
void normal_row(std::uint64_t key, std::uint32_t row, Index width, float* out);

/// row[x] = gain * (row[x] - 0.5) + (0.5 + offset).
void vary_contrast(float gain, float offset, Index width, float* row);

/// row[x] += sigma * noise[x].
void add_noise(float sigma, const float* noise, Index width, float* row);

}  // namespace unetflow
