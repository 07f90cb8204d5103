#include "sample/symmetry.hpp"

#include <algorithm>

namespace unetflow {
namespace {

template <class T>
void lay(Symmetry symmetry, Plane<const T> from, Plane<T> to) {
  // Source of the pixel (0, 0), and the steps in memory when y or x grows by one.
  const Index last_y = from.height - 1, last_x = from.width - 1;
  const int turns = symmetry.quarter_turns & 3;
  // Undo the turn: (y, x) comes from (y, x), (last - x, y), (last - y, last - x) or (x, last - y).
  Index y0 = turns == 1 || turns == 2 ? last_y : 0;
  Index x0 = turns == 2 || turns == 3 ? last_x : 0;
  Index step_y = turns == 0 ? from.stride : turns == 1 ? 1 : turns == 2 ? -from.stride : -1;
  Index step_x = turns == 0 ? 1 : turns == 1 ? -from.stride : turns == 2 ? -1 : from.stride;
  if (symmetry.flip) {
    x0 = last_x - x0;
    (turns % 2 == 0 ? step_x : step_y) *= -1;
  }
  const T* origin = from.data + y0 * from.stride + x0;
  // In squares that the first-level cache holds, since one side is read column by column.
  constexpr Index kSquare = 32;
  for (Index top = 0; top < to.height; top += kSquare) {
    for (Index left = 0; left < to.width; left += kSquare) {
      const Index bottom = std::min(top + kSquare, to.height);
      const Index right = std::min(left + kSquare, to.width);
      for (Index y = top; y < bottom; ++y) {
        const T* source = origin + y * step_y + left * step_x;
        T* target = to.row(y);
        for (Index x = left; x < right; ++x, source += step_x) target[x] = *source;
      }
    }
  }
}

}  // namespace

Symmetry inverse(Symmetry symmetry) {
  // Flipped ones are their own: flip, turn, flip is the turn the other way round.
  return symmetry.flip ? symmetry : Symmetry{false, (4 - symmetry.quarter_turns) % 4};
}

void lay_down(Symmetry symmetry, Plane<const float> from, Plane<float> to) {
  lay(symmetry, from, to);
}
void lay_down(Symmetry symmetry, Plane<const std::uint8_t> from, Plane<std::uint8_t> to) {
  lay(symmetry, from, to);
}
void lay_down(Symmetry symmetry, Plane<const std::uint32_t> from, Plane<std::uint32_t> to) {
  lay(symmetry, from, to);
}

void lay_down(Symmetry symmetry, const TileView& from, const TileBuffer& to) {
  for (Index channel = 0; channel < from.input.channels; ++channel) {
    lay_down(symmetry, from.input.plane(channel), to.input.plane(channel));
  }
  lay_down(symmetry, from.label, to.label);
  if (!from.instances.empty()) lay_down(symmetry, from.instances, to.instances);
}

}  // namespace unetflow
