// Images on another pixel grid of the same extent.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// As many pixels as `size` ones become that are `by` times as large, at least one.
Index rescaled_size(Index size, double by);

/// The image with other numbers of rows and columns. Each new pixel is a weighted mean of the old
/// ones around its place: linear interpolation where pixels get smaller; where they get larger, the
/// triangle of weights is as much wider, so that nothing aliases. Values stay between the smallest
/// and the largest, and probabilities of classes add up to what they did. The same bytes on every
/// processor.
Picture<float> rescaled(Stack<const float> image, Index height, Index width);

/// The same of classes or ids, empty or not: each new pixel is the old one at its centre.
template <class T>
Picture<T> rescaled_labels(Plane<const T> label, Index height, Index width) {
  if (label.empty()) return {};
  Picture<T> out(height, width);
  const auto at = [](Index i, Index from, Index to) { return (2 * i + 1) * from / (2 * to); };
  for (Index y = 0; y < height; ++y) {
    const T* row = label.row(at(y, label.height, height));
    for (Index x = 0; x < width; ++x) out.plane()(y, x) = row[at(x, label.width, width)];
  }
  return out;
}

}  // namespace unetflow
