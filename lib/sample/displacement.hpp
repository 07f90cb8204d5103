// The elastic displacement field: for each axis uniform numbers in [-1, 1], one a pixel, zero
// outside the picture, smoothed by a centred, normalised Gaussian with a finite window, times
// alpha. Simard et al. 2003, section 2.
//
// The Gaussian is separable: rows are smoothed as they are drawn, columns as rows are asked for, so
// that all that is alive at a time is a band of rows that stays in the second-level cache.
//
// Which random number stands where: the row y of the axis a (0: y, 1: x) is cut into eight segments
// of Q = 16 ceil(width / 128) numbers. Segment 2 w + h takes the lower (h = 0) or upper (h = 1) 16
// bits u of word w of random_words(key, (2 y + a) << 32 | block), block counting from 0 along the
// segment; the number is (2 u + 1) / 65536 - 1. So rows are drawn independently and every bit is
// used once, and vectors of any width write whole lanes.
#pragma once

#include <cstdint>
#include <vector>

#include "image/view.hpp"
#include "sample/augment.hpp"

namespace unetflow {

/// Numbers that a vector writes at most at a time; buffers' rows are padded to whole ones.
inline constexpr Index kLanes = 64;

constexpr Index round_up(Index value, Index multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// The half of the normalised Gaussian [kernel / 2 + 1] from its centre on.
std::vector<float> gaussian_half(double sigma, int kernel);

/// Row `y` of axis 0 (y) or 1 (x), before smoothing. `row` has room for round_up(width, 128).
void random_row(std::uint64_t key, std::uint32_t y, std::uint32_t axis, Index width, float* row);

/// Displacements row by row, from the first on. Buffers grow on first use and then stay.
class DisplacementField {
 public:
  /// Starts the field [height, width] that `key` names.
  void begin(const ElasticConfig& config, std::uint64_t key, Index height, Index width);
  /// The next `count` rows (at most kBlock): y and x displacements in px. Rows of `dy` and `dx`
  /// have room for round_up(width, kLanes) numbers.
  void next(Index count, Plane<float> dy, Plane<float> dx);

  static constexpr Index kBlock = 32;

 private:
  std::uint64_t key_ = 0;
  Index height_ = 0, width_ = 0;
  Index reach_ = 0;          ///< px; half the window
  Index drawn_ = 0;          ///< rows smoothed along x so far
  Index given_ = 0;          ///< rows handed out so far
  Index stride_ = 0;         ///< of the band's rows
  std::vector<float> half_;  ///< Gaussian from its centre on
  std::vector<float> half_alpha_;
  double sigma_ = 0, alpha_ = 0;
  std::vector<float> band_[2];      ///< ring of kBlock + 2 reach rows, smoothed along x
  std::vector<float> zeros_, raw_;  ///< one row each
  std::vector<const float*> rows_;
};

}  // namespace unetflow
