// The elastic displacement field: for each axis uniform numbers in [-1, 1], one a pixel, zero
// outside the picture, smoothed by a centred, normalised Gaussian with a finite window, times
// alpha. Simard et al. 2003, section 2.
//
// The Gaussian is separable: rows are smoothed as they are drawn, columns as rows are asked for, so
// that all that is alive at a time is a band of rows that stays in the second-level cache.
//
// Numbers are 16-bit fixed point, twice as many at a time as floats: 1 is kOne, products are
// rounded, and the second smoothing scales up by a power of two, so that the smoothed field, which
// is small, fills the range. That errs by about alpha / 50,000: by 0.001 px for the document's
// alpha of 50, whose displacements are 1.6 px large. A sum beyond the range is cut off; by the
// choice of the scale that is one beyond 7.5 standard deviations.
//
// Which random number stands where: a row is cut into four segments of S = 32 ceil(width / 128)
// numbers. Number p of segment s of the axis a (0: y, 1: x) is byte s % 2 + 2 (p % 2) of word
// 2 a + s / 2 of random_words(key, y << 32 | p / 2), a number u from 0 to 255, read as
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

/// 1 as random_rows() writes it. Sums of two such numbers fit 16 bits.
inline constexpr std::int16_t kOne = 255 * 64;

/// Row `y` of both axes, before smoothing. Each has room for round_up(width, 128).
void random_rows(std::uint64_t key, std::uint32_t y, Index width, std::int16_t* row_y,
                 std::int16_t* row_x);

/// Displacements row by row, from the first on. Buffers grow on first use and then stay.
class DisplacementField {
 public:
  /// Starts the field [height, width] that `key` names.
  void begin(const DisplacementConfig& config, std::uint64_t key, Index height, Index width);
  /// The next `count` rows (at most kBlock): y and x displacements in px. Rows of `dy` and `dx`
  /// have room for round_up(width, kLanes) numbers.
  void next(Index count, Plane<float> dy, Plane<float> dx);

  static constexpr Index kBlock = 32;

 private:
  /// Fixed-point weights from the centre on, each repeated for a whole vector: [reach + 1, kSplat].
  using Weights = AlignedVector<std::int16_t>;

  std::uint64_t key_ = 0;
  DisplacementConfig config_{0, 0, 0};
  Index height_ = 0, width_ = 0;
  Index reach_ = 0;                             ///< px; half the window
  Index drawn_ = 0;                             ///< rows smoothed along x so far
  Index given_ = 0;                             ///< rows handed out so far
  Index stride_ = 0;                            ///< of the band's rows
  Weights along_x_, along_y_;                   ///< the latter scaled up
  float unit_ = 0;                              ///< px; what 1 in the last place is after both
  AlignedVector<std::int16_t> band_[2];         ///< ring of kBlock + 2 reach rows, smoothed along x
  AlignedVector<std::int16_t> raw_[2], zeros_;  ///< one row each
  std::vector<const std::int16_t*> rows_;
};

}  // namespace unetflow
