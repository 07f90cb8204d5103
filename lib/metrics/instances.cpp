#include "metrics/instances.hpp"

#include <algorithm>
#include <limits>

#include "metrics/contingency.hpp"

namespace unetflow {

SegScore& SegScore::operator+=(const SegScore& other) {
  sum += other.sum;
  objects += other.objects;
  return *this;
}

double SegScore::mean() const {
  return objects > 0 ? sum / static_cast<double>(objects)
                     : std::numeric_limits<double>::quiet_NaN();
}

std::uint32_t compact_ids(Plane<std::uint32_t> ids) {
  std::vector<std::uint32_t> present;
  for (Index y = 0; y < ids.height; ++y) {
    present.insert(present.end(), ids.row(y), ids.row(y) + ids.width);
    std::sort(present.begin(), present.end());
    present.erase(std::unique(present.begin(), present.end()), present.end());
  }
  std::erase(present, 0u);
  for (Index y = 0; y < ids.height; ++y) {
    for (Index x = 0; x < ids.width; ++x) {
      if (ids(y, x) == 0) continue;
      const auto found = std::lower_bound(present.begin(), present.end(), ids(y, x));
      ids(y, x) = static_cast<std::uint32_t>(found - present.begin()) + 1;
    }
  }
  return static_cast<std::uint32_t>(present.size());
}

SegScore seg_score(Plane<const std::uint32_t> objects, std::uint32_t object_count,
                   Plane<const std::uint32_t> segments, std::uint32_t segment_count) {
  const auto table = contingency_table(objects, object_count, segments, segment_count);
  std::vector<std::int64_t> area(static_cast<size_t>(segment_count) + 1);
  for (Index y = 0; y < segments.height; ++y) {
    for (Index x = 0; x < segments.width; ++x) ++area[segments(y, x)];
  }
  SegScore score;
  for (const auto object_area : table.truth_area) score.objects += object_area > 0;
  for (const auto& overlap : table.overlaps) {
    const auto object_area = table.truth_area[overlap.truth];
    if (2 * overlap.pixels <= object_area) continue;
    score.sum += static_cast<double>(overlap.pixels) /
                 static_cast<double>(object_area + area[overlap.segment] - overlap.pixels);
  }
  return score;
}

}  // namespace unetflow
