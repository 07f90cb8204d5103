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
