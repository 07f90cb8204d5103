// Mirror extrapolation: an image continues beyond its border as its mirror image, the edge pixel
// repeated (d c b a | a b c d | d c b a), as often as needed. Ronneberger et al. 2015, section 3.
#pragma once

#include <array>

#include "image/view.hpp"

namespace unetflow {

/// The index inside [0, size) whose pixel is at `i` of the mirrored line; any i, size >= 1.
constexpr Index mirror_index(Index i, Index size) {
  if (i >= 0 && i < size) return i;  // without a division
  const Index period = 2 * size;
  Index phase = i % period;
  if (phase < 0) phase += period;
  return phase < size ? phase : period - 1 - phase;
}

/// The pixels (y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1) of the endlessly mirrored plane.
template <class T>
std::array<T, 4> reflected(Plane<const T> plane, Index y, Index x) {
  const T* upper = plane.row(mirror_index(y, plane.height));
  const T* lower = plane.row(mirror_index(y + 1, plane.height));
  const Index left = mirror_index(x, plane.width), right = mirror_index(x + 1, plane.width);
  return {upper[left], upper[right], lower[left], lower[right]};
}

/// out(y, x) = picture(mirror(y + top), mirror(x + left)): the part of the endlessly mirrored
/// picture whose first pixel is (top, left), which may be negative. Any sizes >= 1.
void extrapolate_by_mirroring(Plane<const float> picture, Index top, Index left, Plane<float> out);
void extrapolate_by_mirroring(Plane<const std::uint8_t> picture, Index top, Index left,
                              Plane<std::uint8_t> out);
void extrapolate_by_mirroring(Plane<const std::uint32_t> picture, Index top, Index left,
                              Plane<std::uint32_t> out);

}  // namespace unetflow
