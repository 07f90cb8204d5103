// The displacement field of the elastic deformation. For each axis and pixel, a uniform random
// number in [-1, 1] is drawn, zero outside the image; the numbers are smoothed by a centred,
// normalised Gaussian with a finite window, and multiplied by alpha. Simard et al. 2003, section 2.
//
// The Gaussian is separable. Each row is smoothed when it is drawn, the columns when a row is asked
// for. So only a band of rows is in memory at a time, and it stays in the second-level cache.
//
// Numbers are 16-bit fixed point, since a vector holds twice as many of them as floats. 1 is kOne.
// Products are rounded. The smoothed field is small, so the second smoothing scales it up by a
// power of two, to use all 16 bits. The error is about alpha / 50,000: 0.001 px for the default
// alpha of 50, whose displacements have a standard deviation of 1.6 px. A sum outside the range is
// clipped; the scale is chosen so that this takes 7.5 standard deviations.
//
// Where each random number is: a row is cut into four segments of S = 32 ceil(width / 128)
// numbers. Number p of segment s of axis a (0: y, 1: x) is byte s % 2 + 2 (p % 2) of word
// 2 a + s / 2 of random_words(key, y << 32 | p / 2). This byte u, from 0 to 255, stands for
// (2 u - 255) / 255. So rows are drawn independently, every bit is used once, and vectors of any
// width write whole lanes. 256 steps are enough for sums over hundreds of pixels.
#pragma once

#include <cstdint>
#include <vector>

#include "image/view.hpp"
#include "simd/aligned.hpp"
#include "simd/lanes.hpp"

namespace unetflow {

struct DisplacementConfig {
  double alpha = 50;  ///< px; scale of the smoothed displacements
  double sigma = 5;   ///< px; standard deviation of the Gaussian
  int kernel = 25;    ///< px, odd; width of the Gaussian's window
  bool operator==(const DisplacementConfig&) const = default;
};

/// What random_rows() writes for 1. The sum of two such numbers fits into 16 bits.
inline constexpr std::int16_t kOne = 255 * 64;

/// Row `y` of both axes, before smoothing. Each of them has room for round_up(width, 128) numbers.
void random_rows(std::uint64_t key, std::uint32_t y, Index width, std::int16_t* row_y,
                 std::int16_t* row_x);

/// Computes the displacements row by row, starting from the first. Buffers grow on first use and
/// are kept.
class DisplacementField {
 public:
  /// Starts the field [height, width] that `key` names.
  void begin(const DisplacementConfig& config, std::uint64_t key, Index height, Index width);
  /// The next `count` rows (at most kBlock) of displacements along y and x, in px. Rows of `dy` and
  /// `dx` have room for round_up(width, kLanes) numbers.
  void next(Index count, Plane<float> dy, Plane<float> dx);

  static constexpr Index kBlock = 32;

 private:
  /// Fixed-point weights [reach + 1, kSplat] from the centre outwards, each repeated for a whole
  /// vector.
  using Weights = AlignedVector<std::int16_t>;

  std::uint64_t key_ = 0;
  DisplacementConfig config_{0, 0, 0};
  Index height_ = 0, width_ = 0;
  Index reach_ = 0;                      ///< px; half the window
  Index drawn_ = 0;                      ///< rows smoothed along x so far
  Index given_ = 0;                      ///< rows returned so far
  Index stride_ = 0;                     ///< of the band's rows
  Weights along_x_, along_y_;            ///< along_y_ is scaled up
  float unit_ = 0;                       ///< px; the value of the last bit after both smoothings
  AlignedVector<std::int16_t> band_[2];  ///< ring of kBlock + 2 reach rows, smoothed along x
  AlignedVector<std::int16_t> raw_[2], zeros_;  ///< one row each
  std::vector<const std::int16_t*> rows_;
};

}  // namespace unetflow
