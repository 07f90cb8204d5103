#include <algorithm>
#include <cmath>

#include "image/outlines.hpp"

namespace unetflow {
namespace {

/// Where the line through the middles of row `y` enters and leaves an area, in order.
void crossings_of(const Area& area, double y, std::vector<double>& crossings) {
  crossings.clear();
  if (area.ellipse) {
    const auto [low, high] = std::pair(area.rings[0][0], area.rings[0][2]);
    const double radius_x = (high.x - low.x) / 2, radius_y = (high.y - low.y) / 2;
    const double v = (y - low.y - radius_y) / radius_y;
    if (v * v > 1) return;
    const double half = radius_x * std::sqrt(1 - v * v);
    crossings = {low.x + radius_x - half, low.x + radius_x + half};
    return;
  }
  for (const Ring& ring : area.rings) {
    for (std::size_t i = 0; i < ring.size(); ++i) {
      const Point &a = ring[i], &b = ring[(i + 1) % ring.size()];
      if ((a.y <= y) == (b.y <= y)) continue;
      crossings.push_back(a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y));
    }
  }
  std::sort(crossings.begin(), crossings.end());
}

/// Calls set(y, x) for each pixel of the area inside the image.
template <class Set>
void fill(const Area& area, Index height, Index width, const Set& set) {
  double top = static_cast<double>(height), bottom = 0;
  for (const Ring& ring : area.rings) {
    for (const Point& point : ring) {
      top = std::min(top, point.y);
      bottom = std::max(bottom, point.y);
    }
  }
  const auto inside = [](double value, Index size) {
    return static_cast<Index>(std::clamp(value, 0.0, static_cast<double>(size)));
  };
  std::vector<double> crossings;
  for (Index y = inside(std::floor(top), height); y < inside(std::ceil(bottom), height); ++y) {
    crossings_of(area, static_cast<double>(y) + 0.5, crossings);
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
      const Index end = inside(std::ceil(crossings[i + 1] - 0.5), width);
      for (Index x = inside(std::ceil(crossings[i] - 0.5), width); x < end; ++x) set(y, x);
    }
  }
}

template <class Set>
void draw_one(const Outline& cell, Index height, Index width, const Set& set) {
  for (const Area& area : cell.areas) fill(area, height, width, set);
  Index at = 0;
  for (std::size_t i = 0; i < cell.runs.size(); ++i) {
    const Index end = std::min(at + static_cast<Index>(cell.runs[i]), height * width);
    for (; at < end; ++at) {
      if (i % 2 == 1) set(at % height, at / height);
    }
  }
}

}  // namespace

DrawnOutlines draw(const std::vector<Outline>& cells, Index height, Index width) {
  DrawnOutlines drawn{{height, width}, {height, width}};
  const auto ids = drawn.ids.plane();
  const auto is_ignored = drawn.is_ignored.plane();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto id = static_cast<std::uint32_t>(i + 1);
    bool empty = true;
    if (!cells[i].category.empty()) drawn.categories.insert(cells[i].category);
    draw_one(cells[i], height, width, [&](Index y, Index x) {
      empty = false;
      if (cells[i].ignored) {
        is_ignored(y, x) = 1;
        return;
      }
      drawn.shared += ids(y, x) != 0 && ids(y, x) != id;
      ids(y, x) = id;
    });
    drawn.empty += empty;
  }
  for (std::size_t i = 0; i < drawn.ids.values.size(); ++i) {
    if (drawn.ids.values[i] != 0) drawn.is_ignored.values[i] = 0;
  }
  return drawn;
}

}  // namespace unetflow
