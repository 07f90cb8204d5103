#include "metrics/contingency.hpp"

#include <algorithm>

namespace unetflow {

ContingencyTable contingency_table(Plane<const std::uint32_t> truth, Index truths,
                                   Plane<const std::uint32_t> segments, Index segment_count) {
  ContingencyTable table;
  table.truth_area.resize(static_cast<size_t>(truths) + 1);
  table.segment_area.resize(static_cast<size_t>(segment_count) + 1);
  table.whole_segment_area.resize(static_cast<size_t>(segment_count) + 1);
  // Rows are cut into runs of one pair; there are far fewer runs than pixels.
  std::vector<Overlap> runs;
  for (Index y = 0; y < truth.height; ++y) {
    const std::uint32_t* true_row = truth.row(y);
    const std::uint32_t* row = segments.row(y);
    for (Index x = 0; x < truth.width;) {
      const Index start = x;
      const std::uint32_t i = true_row[x], j = row[x];
      while (x < truth.width && true_row[x] == i && row[x] == j) ++x;
      table.whole_segment_area[j] += x - start;
      if (i == 0) continue;
      table.truth_area[i] += x - start;
      table.segment_area[j] += x - start;
      table.pixels += x - start;
      if (j != 0) runs.push_back({i, j, x - start});
    }
  }
  std::sort(runs.begin(), runs.end(), [](const Overlap& a, const Overlap& b) {
    return a.segment != b.segment ? a.segment < b.segment : a.truth < b.truth;
  });
  for (const auto& run : runs) {
    if (!table.overlaps.empty() && table.overlaps.back().truth == run.truth &&
        table.overlaps.back().segment == run.segment) {
      table.overlaps.back().pixels += run.pixels;
    } else {
      table.overlaps.push_back(run);
    }
  }
  return table;
}

}  // namespace unetflow
