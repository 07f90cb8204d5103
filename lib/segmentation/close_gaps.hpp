// Closes gaps in the borders between cells: what a border lacks here and there, the rest of it
// makes up for.
//
// A watershed (Meyer 1991) of the smoothed border probabilities, in 16 steps, cuts the picture into
// regions, one around each of their minima. Then the two regions with the weakest border between
// them become one, again and again, where a border's strength is the mean over all its pixels (as
// in Arbelaez 2006). A membrane that is faint in a few pixels so still parts its cells, which at a
// threshold alone would run together through them. What a border is worth when its two sides meet
// is drawn as a line of that probability: the components above a threshold t are then the cells of
// borders above 1 - t.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// Raises class 0, the border, of `probability` [class, height, width] to the strength of the lines
/// between regions; the other classes fall in proportion, so that all add up to what they did.
/// Nothing changes off the lines. `sigma` > 0, in px, is the smoothing's standard deviation.
void close_gaps(double sigma, Picture<float>& probability);

}  // namespace unetflow
