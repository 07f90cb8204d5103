#include "metrics/contradictions.hpp"

#include <algorithm>
#include <tuple>

#include "core/deterministic_math.hpp"
#include "segmentation/components.hpp"

namespace unetflow {
namespace {

/// 1 where background is annotated and contradicted, 2 where foreground is, 0 elsewhere.
Picture<std::uint8_t> contradicted(Plane<const std::uint8_t> label, Plane<const float> foreground,
                                   double sure) {
  Picture<std::uint8_t> where(label.height, label.width);
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      if (label(y, x) == kIgnored) continue;
      const bool annotated = label(y, x) != 0;
      const double p = foreground(y, x);
      if (annotated ? p <= 1 - sure : p >= sure) where.plane()(y, x) = annotated ? 2 : 1;
    }
  }
  return where;
}

/// Whether the 3x3 pixels around this one are all of its place.
bool is_thick(Plane<const std::uint32_t> ids, Index y, Index x) {
  if (y < 1 || x < 1 || y + 1 >= ids.height || x + 1 >= ids.width) return false;
  for (Index dy = -1; dy <= 1; ++dy) {
    for (Index dx = -1; dx <= 1; ++dx) {
      if (ids(y + dy, x + dx) != ids(y, x)) return false;
    }
  }
  return true;
}

}  // namespace

std::vector<Contradiction> contradictions(Plane<const std::uint8_t> label,
                                          Plane<const float> foreground, double sure) {
  const auto where = contradicted(label, foreground, sure);
  Picture<std::uint32_t> ids(label.height, label.width);
  const auto count = label_components_of_classes(where.plane(), ids.plane());
  std::vector<Contradiction> found(count + size_t{1});
  std::vector<bool> thick(found.size());
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      const std::uint32_t id = ids.plane()(y, x);
      if (id == 0) continue;
      constexpr double kLeast = 1e-7;  // of a probability, as float32 has it
      const double p = foreground(y, x);
      Contradiction& place = found[id];
      place.annotated = where.plane()(y, x) == 2;
      ++place.area;
      place.probability += p;
      place.loss -= natural_log(std::max(place.annotated ? p : 1 - p, kLeast));
      place.box.include(y, x);
      thick[id] = thick[id] || is_thick(ids.plane(), y, x);
    }
  }
  size_t id = 0;
  std::erase_if(found, [&](const Contradiction&) { return !thick[id++]; });
  for (auto& place : found) place.probability /= static_cast<double>(place.area);
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.loss > b.loss; });
  return found;
}

}  // namespace unetflow
