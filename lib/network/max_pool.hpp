// The largest of each 2x2 pixels.
#pragma once

#include "core/arithmetic.hpp"

namespace unetflow {

/// Of a plane [height, width], to [height / 2, width / 2]; an odd last row or column is left out.
/// NaN counts as largest.
void max_pool(const float* plane, Index height, Index width, float* to);

/// The middle part [height, width] of a plane, whose first pixel is (top, left) there.
struct Middle {
  const float* values;
  Index top, left, height, width;
};

/// The gradient with respect to the plane, [height, width]: each of the given ones [height / 2,
/// width / 2] goes to the pixel that was the largest, the first of equal ones in order of rows (of
/// NaNs the last), and 0 to the others. Those of the middle part are added.
void max_pool_gradient(const float* plane, const float* gradient, Middle middle, Index height,
                       Index width, float* to);

}  // namespace unetflow
