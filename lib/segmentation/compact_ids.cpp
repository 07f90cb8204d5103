#include "segmentation/compact_ids.hpp"

#include <algorithm>
#include <vector>

namespace unetflow {
namespace {

/// Calls `visit` with the first column, the end and the id of each run of one id in a row.
template <class Visit>
void visit_runs(const std::uint32_t* row, Index width, Visit visit) {
  for (Index x = 0; x < width;) {
    const Index begin = x;
    while (x < width && row[x] == row[begin]) ++x;
    visit(begin, x, row[begin]);
  }
}

}  // namespace

std::uint32_t compact_ids(Plane<std::uint32_t> ids) {
  std::vector<std::uint32_t> present;
  for (Index y = 0; y < ids.height; ++y) {
    visit_runs(ids.row(y), ids.width, [&](Index, Index, std::uint32_t id) {
      if (id != 0) present.push_back(id);
    });
  }
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  for (Index y = 0; y < ids.height; ++y) {
    std::uint32_t* const row = ids.row(y);
    visit_runs(row, ids.width, [&](Index begin, Index end, std::uint32_t id) {
      if (id == 0) return;
      const auto found = std::lower_bound(present.begin(), present.end(), id);
      std::fill(row + begin, row + end, static_cast<std::uint32_t>(found - present.begin()) + 1);
    });
  }
  return static_cast<std::uint32_t>(present.size());
}

}  // namespace unetflow
