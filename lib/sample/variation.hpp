// What happens to one sample in one epoch: the augmentations it gets, and their parameters. Drawn
// before any pixel is touched.
#pragma once

#include <cstdint>

#include "sample/augment.hpp"
#include "sample/symmetry.hpp"

namespace unetflow {

/// Out pixel p samples the source at centre + rotation * (p - centre) + shift, p = (y, x).
struct RigidMotion {
  double cosine = 1;
  double sine = 0;
  double shift_y = 0;  ///< px
  double shift_x = 0;  ///< px
};

struct Variation {
  Symmetry symmetry;
  bool affine = false;
  RigidMotion motion;
  bool elastic = false;
  bool contrast = false;
  double gain = 1;
  double offset = 0;
  bool noise = false;

  /// Whether pixels are interpolated, not only moved.
  bool resamples() const { return affine || elastic; }
};

/// A pure function of its arguments: number i under the key (seed, kChoice, epoch, sample) decides
/// always the same thing, so switching one augmentation on changes no other. Tiles that are not
/// square cannot lie on their side: `square` false leaves half turns only.
Variation draw_variation(const AugmentConfig& config, std::uint32_t epoch, std::uint64_t sample,
                         bool square);

}  // namespace unetflow
