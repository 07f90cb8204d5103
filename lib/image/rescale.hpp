// Images on another pixel grid of the same extent.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// The image with other numbers of rows and columns. Each new pixel is a weighted mean of the old
/// ones around its place: linear interpolation where pixels get smaller; where they get larger, the
/// triangle of weights is as much wider, so that nothing aliases. Values stay between the smallest
/// and the largest, and probabilities of classes add up to what they did. The same bytes on every
/// processor.
Picture<float> rescaled(Stack<const float> image, Index height, Index width);

}  // namespace unetflow
