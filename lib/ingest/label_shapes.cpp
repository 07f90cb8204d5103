#include "ingest/label_shapes.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "segmentation/components.hpp"
#include "segmentation/count_pieces.hpp"

namespace unetflow {
namespace {

using Areas = std::unordered_map<std::uint32_t, Index>;

/// A 4-connected part of the background, which lines that touch by corners enclose, too.
struct Gap {
  Index area = 0;
  std::uint32_t around = 0;  ///< the cell that it touches
  bool open = false;         ///< it touches another one as well, or the image's edge
};

/// The areas of the holes in each cell.
Areas holes_of(Plane<const std::uint32_t> ids) {
  Picture<std::uint8_t> background(ids.height, ids.width);
  std::transform(ids.data, ids.data + ids.size(), background.values.begin(),
                 [](std::uint32_t id) -> std::uint8_t { return id == 0; });
  Picture<std::uint32_t> numbers(ids.height, ids.width);
  std::vector<Gap> gaps(label_components(background.plane(), 4, numbers.plane()) + 1);
  for (Index y = 0; y < ids.height; ++y) {
    for (Index x = 0; x < ids.width; ++x) {
      if (ids(y, x) != 0) continue;
      Gap& gap = gaps[numbers.plane()(y, x)];
      ++gap.area;
      const auto meet = [&](Index v, Index u) {
        if (v < 0 || u < 0 || v == ids.height || u == ids.width) {
          gap.open = true;
        } else if (const auto id = ids(v, u); id != 0) {
          gap.open = gap.open || (gap.around != 0 && gap.around != id);
          gap.around = id;
        }
      };
      meet(y, x - 1);
      meet(y, x + 1);
      meet(y - 1, x);
      meet(y + 1, x);
    }
  }
  Areas holes;
  for (const auto& gap : gaps) {
    if (!gap.open) holes[gap.around] += gap.area;
  }
  return holes;
}

}  // namespace

CellShapes shapes_of(Plane<const std::uint32_t> ids) {
  constexpr Index kMost = 4096;  // px; the middle of a larger label says as much
  const Index height = std::min(ids.height, kMost), width = std::min(ids.width, kMost);
  Picture<std::uint32_t> middle(height, width);
  for (Index y = 0; y < height; ++y) {
    std::copy_n(ids.row((ids.height - height) / 2 + y) + (ids.width - width) / 2, width,
                middle.plane().row(y));
  }
  Areas drawn;
  for (const auto id : middle.values) {
    if (id != 0) ++drawn[id];
  }
  const Areas holes = holes_of(middle.plane());
  CellShapes shapes;
  shapes.cells = static_cast<Index>(drawn.size());
  shapes.pieces = count_pieces<std::uint32_t>(middle.plane(), 8);
  shapes.hollow = std::count_if(drawn.begin(), drawn.end(), [&](const auto& cell) {
    const auto hole = holes.find(cell.first);
    return hole != holes.end() && hole->second > cell.second;
  });
  return shapes;
}

}  // namespace unetflow
