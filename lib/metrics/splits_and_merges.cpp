#include "metrics/splits_and_merges.hpp"

#include <algorithm>

#include "metrics/contingency.hpp"

namespace unetflow {
namespace {

constexpr std::int64_t kLeastArea = 20;  // px

/// 1 where the pixel's id has a count of two or more; `ids_found` becomes how many ids have.
Picture<std::uint8_t> where_several(Plane<const std::uint32_t> ids, const std::vector<Index>& count,
                                    Index& ids_found) {
  ids_found = std::count_if(count.begin(), count.end(), [](Index n) { return n > 1; });
  Picture<std::uint8_t> mask(ids.height, ids.width);
  for (Index y = 0; y < ids.height; ++y) {
    for (Index x = 0; x < ids.width; ++x) mask.plane()(y, x) = count[ids(y, x)] > 1;
  }
  return mask;
}

}  // namespace

SplitsAndMerges splits_and_merges(Plane<const std::uint32_t> cells,
                                  Plane<const std::uint32_t> segments) {
  if (cells.empty()) return {};
  const auto table = contingency_table(cells, segments);
  std::vector<Index> segments_of(table.truth_area.size()), cells_of(table.segment_area.size());
  for (const auto& overlap : table.overlaps) {
    const auto area = table.truth_area[overlap.truth];
    if (area < kLeastArea || 10 * overlap.pixels < area) continue;
    ++segments_of[overlap.truth];
    ++cells_of[overlap.segment];
  }
  SplitsAndMerges found;
  found.split = where_several(cells, segments_of, found.splits);
  found.merged = where_several(segments, cells_of, found.merges);
  return found;
}

}  // namespace unetflow
