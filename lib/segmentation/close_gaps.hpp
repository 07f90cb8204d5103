// Closes gaps in the borders between cells by an ultrametric contour map (Arbelaez 2006).
//
// A watershed (Meyer 1991) of the smoothed border probability, in 16 levels, over-segments the
// image: one region around each minimum. Then the two regions with the weakest border between them
// are merged, again and again. The strength of a border is the mean over all its pixels, so a
// membrane that is faint in a few pixels still separates its cells, where a threshold alone would
// let them leak into each other. Each border is drawn as a line with the strength that it had when
// its two regions were merged. So the components above a threshold t are the cells separated by
// borders that are stronger than 1 - t.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// Raises class 0, the border, of `probability` [class, height, width] to the strength of the lines
/// between regions. The other classes are lowered in proportion, so that the sum stays the same.
/// Pixels that are not on a line do not change. `sigma` > 0, in px, is the standard deviation of
/// the smoothing.
void close_gaps(double sigma, Picture<float>& probability);

}  // namespace unetflow
