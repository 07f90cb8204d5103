// Rectangular parts of images.
#pragma once

#include <algorithm>

#include "core/arithmetic.hpp"

namespace unetflow {

/// The part [height, width] of an image whose first pixel is (y, x).
struct Box {
  Index y = 0, x = 0, height = 0, width = 0;
  bool operator==(const Box&) const = default;

  /// Grows to hold this pixel too.
  void include(Index row, Index column) {
    if (height == 0) *this = {row, column, 1, 1};
    const Index bottom = std::max(y + height, row + 1), right = std::max(x + width, column + 1);
    y = std::min(y, row);
    x = std::min(x, column);
    height = bottom - y;
    width = right - x;
  }
};

/// A square with the box in its middle and half as much again around it, `least` px wide or more;
/// moved and cut to lie within an image [height, width].
inline Box square_around(const Box& box, Index least, Index height, Index width) {
  const Index side = std::max(least, 2 * std::max(box.height, box.width));
  const auto placed = [side](Index first, Index length, Index whole) {
    return std::clamp<Index>(first + length / 2 - side / 2, 0, std::max<Index>(whole - side, 0));
  };
  return {placed(box.y, box.height, height), placed(box.x, box.width, width),
          std::min(side, height), std::min(side, width)};
}

}  // namespace unetflow
