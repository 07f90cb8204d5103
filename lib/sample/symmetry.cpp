#include "sample/symmetry.hpp"

#include <algorithm>

namespace unetflow {
namespace {

/// Where a pixel comes from: the source of (0, 0), and the steps in memory when y or x of the
/// target grows by one.
template <class T>
struct Walk {
  const T* origin;
  Index step_y, step_x;
};

template <class T>
Walk<T> walk(Symmetry symmetry, Plane<const T> from) {
  // The pixel (y, x) of the turned image comes from
  struct {
    bool last_y, last_x;  // for (0, 0): the last row or column instead of the first
    Index step_y, step_x;
  } const turns[] = {{false, false, from.stride, 1},   // (y, x)
                     {true, false, 1, -from.stride},   // (last - x, y)
                     {true, true, -from.stride, -1},   // (last - y, last - x)
                     {false, true, -1, from.stride}};  // (x, last - y)
  auto [last_y, last_x, step_y, step_x] = turns[symmetry.quarter_turns & 3];
  if (symmetry.flip) {
    last_x = !last_x;
    (symmetry.quarter_turns % 2 == 0 ? step_x : step_y) *= -1;
  }
  const T* row = from.row(last_y ? from.height - 1 : 0);
  return {row + (last_x ? from.width - 1 : 0), step_y, step_x};
}

template <class T>
void apply_to_plane(Symmetry symmetry, Plane<const T> from, Plane<T> to) {
  const auto [origin, step_y, step_x] = walk(symmetry, from);
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
  // A flipped one undoes itself: flip, turn, flip is the turn the other way round.
  return symmetry.flip ? symmetry : Symmetry{false, (4 - symmetry.quarter_turns) % 4};
}

void apply(Symmetry symmetry, Plane<const float> from, Plane<float> to) {
  apply_to_plane(symmetry, from, to);
}
void apply(Symmetry symmetry, Plane<const std::uint8_t> from, Plane<std::uint8_t> to) {
  apply_to_plane(symmetry, from, to);
}
void apply(Symmetry symmetry, Plane<const std::uint32_t> from, Plane<std::uint32_t> to) {
  apply_to_plane(symmetry, from, to);
}

void apply(Symmetry symmetry, const TileView& from, const TileBuffer& to) {
  for (Index channel = 0; channel < from.input.channels; ++channel) {
    apply(symmetry, from.input.plane(channel), to.input.plane(channel));
  }
  apply(symmetry, from.label, to.label);
  if (!from.instances.empty()) apply(symmetry, from.instances, to.instances);
}

}  // namespace unetflow
