#include "metrics/contingency.hpp"

#include <algorithm>

namespace unetflow {
namespace {

/// Sorts overlaps by segment, then by truth, and adds up those of one pair.
void merge(std::vector<Overlap>& overlaps) {
  std::sort(overlaps.begin(), overlaps.end(), [](const Overlap& a, const Overlap& b) {
    return a.segment != b.segment ? a.segment < b.segment : a.truth < b.truth;
  });
  size_t count = 0;
  for (const auto& overlap : overlaps) {
    if (count > 0 && overlaps[count - 1].truth == overlap.truth &&
        overlaps[count - 1].segment == overlap.segment) {
      overlaps[count - 1].pixels += overlap.pixels;
    } else {
      overlaps[count++] = overlap;
    }
  }
  overlaps.resize(count);
}

std::uint32_t largest(Plane<const std::uint32_t> ids) {
  std::uint32_t id = 0;
  for (Index y = 0; y < ids.height; ++y) {
    id = std::max(id, *std::max_element(ids.row(y), ids.row(y) + ids.width));
  }
  return id;
}

}  // namespace

ContingencyTable contingency_table(Plane<const std::uint32_t> truth, Index truths,
                                   Plane<const std::uint32_t> segments, Index segment_count,
                                   Plane<const std::uint8_t> ignored) {
  ContingencyTable table;
  table.truth_area.resize(static_cast<size_t>(truths) + 1);
  table.segment_area.resize(static_cast<size_t>(segment_count) + 1);
  table.whole_segment_area.resize(static_cast<size_t>(segment_count) + 1);
  // Rows are cut into runs of one pair; there are far fewer runs than pixels, and fewer pairs than
  // runs, so that runs are merged before they are many.
  constexpr size_t kMany = 1 << 20;
  size_t most = kMany;
  std::vector<std::uint32_t> annotated;  // a row of segments
  for (Index y = 0; y < truth.height; ++y) {
    const std::uint32_t* true_row = truth.row(y);
    const std::uint32_t* row = segments.row(y);
    if (!ignored.empty()) {
      annotated.assign(row, row + segments.width);
      for (Index x = 0; x < ignored.width; ++x) {
        if (ignored(y, x) != 0) annotated[static_cast<size_t>(x)] = 0;
      }
      row = annotated.data();
    }
    for (Index x = 0; x < truth.width;) {
      const Index start = x;
      const std::uint32_t i = true_row[x], j = row[x];
      while (x < truth.width && true_row[x] == i && row[x] == j) ++x;
      table.whole_segment_area[j] += x - start;
      if (i == 0) continue;
      table.truth_area[i] += x - start;
      table.segment_area[j] += x - start;
      table.pixels += x - start;
      if (j != 0) table.overlaps.push_back({i, j, x - start});
    }
    if (table.overlaps.size() < most) continue;
    merge(table.overlaps);
    most = 2 * table.overlaps.size() + kMany;
  }
  merge(table.overlaps);
  return table;
}

ContingencyTable contingency_table(Plane<const std::uint32_t> truth,
                                   Plane<const std::uint32_t> segments) {
  return contingency_table(truth, largest(truth), segments, largest(segments));
}

}  // namespace unetflow
