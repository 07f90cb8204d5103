#include "metrics/matched_cells.hpp"

#include <algorithm>
#include <tuple>

#include "metrics/contingency.hpp"

namespace unetflow {
std::vector<MatchedCell> matched_cells(Plane<const std::uint32_t> cells,
                                       Plane<const std::uint32_t> segments,
                                       std::int64_t least_area) {
  if (cells.empty()) return {};
  const auto table = contingency_table(cells, segments);
  std::vector<MatchedCell> found(table.truth_area.size());
  for (size_t id = 0; id < found.size(); ++id) {
    found[id].cell = static_cast<std::uint32_t>(id);
    found[id].area = table.truth_area[id];
  }
  for (const auto& overlap : table.overlaps) {
    MatchedCell& cell = found[overlap.truth];
    const auto area = table.whole_segment_area[overlap.segment];
    const double iou = static_cast<double>(overlap.pixels) /
                       static_cast<double>(cell.area + area - overlap.pixels);
    if (iou <= cell.iou) continue;
    cell.segment = overlap.segment;
    cell.segment_area = area;
    cell.iou = iou;
  }
  for (Index y = 0; y < cells.height; ++y) {
    for (Index x = 0; x < cells.width; ++x) found[cells(y, x)].box.include(y, x);
  }
  std::erase_if(found, [&](const MatchedCell& cell) {
    return cell.cell == 0 || cell.area < std::max<std::int64_t>(least_area, 1);
  });
  std::sort(found.begin(), found.end(), [](const MatchedCell& a, const MatchedCell& b) {
    return std::tuple(a.iou, -a.area, a.cell) < std::tuple(b.iou, -b.area, b.cell);
  });
  return found;
}

}  // namespace unetflow
