// Mirror extrapolation: a picture goes on beyond its border as its mirror image, the edge pixel
// repeated (d c b a | a b c d | d c b a), as often as it takes. Ronneberger et al. 2015, section 3.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// The index inside [0, size) that stands at `i` of the mirrored line; any i, size >= 1.
constexpr Index mirror_index(Index i, Index size) {
  const Index period = 2 * size;
  Index phase = i % period;
  if (phase < 0) phase += period;
  return phase < size ? phase : period - 1 - phase;
}

/// out(y, x) = picture(mirror(y + top), mirror(x + left)): the part of the endlessly mirrored
/// picture whose first pixel is (top, left), which may be negative. Any sizes >= 1.
void extrapolate_by_mirroring(Plane<const float> picture, Index top, Index left, Plane<float> out);
void extrapolate_by_mirroring(Plane<const std::uint8_t> picture, Index top, Index left,
                              Plane<std::uint8_t> out);
void extrapolate_by_mirroring(Plane<const std::uint32_t> picture, Index top, Index left,
                              Plane<std::uint32_t> out);

}  // namespace unetflow
