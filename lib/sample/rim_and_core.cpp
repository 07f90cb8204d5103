#include "sample/rim_and_core.hpp"

#include <algorithm>
#include <unordered_map>

#include "segmentation/components.hpp"

namespace unetflow {
namespace {

/// Distances along the columns to the nearest pixel of another value; `far` where there is none.
Picture<std::int64_t> along_columns(Plane<const std::uint32_t> values,
                                    Plane<const std::uint8_t> label, std::int64_t far) {
  Picture<std::int64_t> distance(values.height, values.width);
  const auto step = [&](Index y, Index from, Index x) {
    if (label(y, x) == kIgnored || label(from, x) == kIgnored) return far;
    return values(y, x) != values(from, x) ? 1 : std::min(distance.plane()(from, x) + 1, far);
  };
  for (Index y = 0; y < values.height; ++y) {
    for (Index x = 0; x < values.width; ++x) {
      distance.plane()(y, x) = y > 0 ? step(y, y - 1, x) : far;
    }
  }
  for (Index y = values.height - 2; y >= 0; --y) {
    for (Index x = 0; x < values.width; ++x) {
      auto& own = distance.plane()(y, x);
      own = std::min(own, step(y, y + 1, x));
    }
  }
  return distance;
}

}  // namespace

Picture<std::int64_t> distance_to_others(Plane<const std::uint32_t> values,
                                         Plane<const std::uint8_t> label) {
  const std::int64_t far = values.height + values.width;
  const auto columns = along_columns(values, label, far);
  Picture<std::int64_t> squares(values.height, values.width);
  for (Index y = 0; y < values.height; ++y) {
    const std::int64_t* const column = columns.plane().row(y);
    for (Index x = 0; x < values.width; ++x) {
      auto nearest = values.height * values.height + values.width * values.width;
      const auto look = [&](Index direction) {
        for (Index step = 0; step * step < nearest; ++step) {
          const Index at = x + direction * step;
          if (at < 0 || at >= values.width || label(y, at) == kIgnored) return;
          const bool other = values(y, at) != values(y, x);
          if (other || column[at] < far) {
            nearest = std::min(nearest, step * step + (other ? 0 : column[at] * column[at]));
          }
          if (other) return;
        }
      };
      look(-1);
      look(1);
      squares.plane()(y, x) = nearest;
    }
  }
  return squares;
}

void rim_and_core(Index rim, Plane<std::uint8_t> label, Plane<const std::uint32_t> instances) {
  Picture<std::uint32_t> components;
  if (instances.empty()) {
    Picture<std::uint8_t> mask(label.height, label.width);
    for (Index i = 0; i < label.size(); ++i) {
      mask.values[static_cast<size_t>(i)] = label.data[i] != 0 && label.data[i] != kIgnored;
    }
    components = {label.height, label.width};
    label_components(mask.plane(), 4, components.plane());
    instances = components.plane();
  }
  const auto squares = distance_to_others(instances, label);
  const auto square_at = [&](Index y, Index x) { return squares.plane()(y, x); };
  const auto is_cell = [&](Index y, Index x) {
    return label(y, x) != 0 && label(y, x) != kIgnored;
  };
  std::unordered_map<std::uint32_t, std::int64_t> deepest;  // square, of each cell
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      if (!is_cell(y, x)) continue;
      auto& depth = deepest[instances(y, x)];
      depth = std::max(depth, square_at(y, x));
    }
  }
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      if (!is_cell(y, x)) continue;
      const auto depth = deepest[instances(y, x)];
      const bool core = 4 * square_at(y, x) > std::min(4 * rim * rim, depth);
      label(y, x) = core ? kCore : kRim;
    }
  }
}

}  // namespace unetflow
