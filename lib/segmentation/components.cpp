#include "segmentation/components.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace unetflow {
namespace {

using Run = ComponentsWorkspace::Run;

/// The first column, starting from `x`, whose mask is foreground (or background), or else the
/// width. Looks at eight pixels at a time.
template <bool kForeground>
Index find(const std::uint8_t* row, Index x, Index width) {
  const auto found = [](std::uint8_t value) { return (value != 0) == kForeground; };
  for (; x + 8 <= width; x += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, row + x, sizeof eight);
    // Nothing found when all are 0, or when none is: the classic test for a zero byte.
    constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
    if (kForeground ? eight != 0 : ((eight - kOnes) & ~eight & kHigh) != 0) break;
  }
  while (x < width && !found(row[x])) ++x;
  return x;
}

std::uint32_t root(std::vector<Run>& runs, std::uint32_t run) {
  while (runs[run].parent != run) {
    runs[run].parent = runs[runs[run].parent].parent;  // halves the path for the next time
    run = runs[run].parent;
  }
  return run;
}

void unite(std::vector<Run>& runs, std::uint32_t a, std::uint32_t b) {
  const std::uint32_t first = root(runs, a), second = root(runs, b);
  runs[std::max(first, second)].parent = std::min(first, second);
}

}  // namespace

std::uint32_t label_components(Plane<const std::uint8_t> mask, int connectivity,
                               Plane<std::uint32_t> ids, ComponentsWorkspace& workspace) {
  auto& [runs, row_begin] = workspace;
  runs.clear();
  row_begin.assign(1, 0);
  const std::uint32_t reach = connectivity == 8 ? 1 : 0;  // how far diagonals extend a run
  std::size_t above = 0;                                  // first run of the row above
  for (Index y = 0; y < mask.height; ++y) {
    const std::size_t begin = runs.size();
    const std::uint8_t* row = mask.row(y);
    for (Index x = find<true>(row, 0, mask.width); x < mask.width;) {
      const Index end = find<false>(row, x, mask.width);
      runs.push_back({static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(end),
                      static_cast<std::uint32_t>(runs.size())});
      x = find<true>(row, end, mask.width);
    }
    // Both rows' runs are sorted: walk them together.
    for (std::size_t lower = begin; lower < runs.size(); ++lower) {
      while (above < begin && runs[above].end + reach <= runs[lower].begin) ++above;
      for (std::size_t i = above; i < begin && runs[i].begin < runs[lower].end + reach; ++i) {
        unite(runs, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(lower));
      }
    }
    above = begin;
    row_begin.push_back(runs.size());
  }

  // A parent comes before its children and has its id already, so no tree is climbed.
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].parent = runs[i].parent == i ? ++count : runs[runs[i].parent].parent;
  }

  for (Index y = 0; y < mask.height; ++y) {
    std::uint32_t* out = ids.row(y);
    Index x = 0;
    const auto row = static_cast<std::size_t>(y);
    for (std::size_t i = row_begin[row]; i < row_begin[row + 1]; ++i) {
      std::fill(out + x, out + runs[i].begin, 0);
      std::fill(out + runs[i].begin, out + runs[i].end, runs[i].parent);
      x = runs[i].end;
    }
    std::fill(out + x, out + mask.width, 0);
  }
  return count;
}

std::uint32_t label_components(Plane<const std::uint8_t> mask, int connectivity,
                               Plane<std::uint32_t> ids) {
  ComponentsWorkspace workspace;
  return label_components(mask, connectivity, ids, workspace);
}

std::uint32_t label_components_of_classes(Plane<const std::uint8_t> classes,
                                          Plane<std::uint32_t> ids) {
  std::array<bool, 256> present{};
  for (Index y = 0; y < classes.height; ++y) {
    for (Index x = 0; x < classes.width; ++x) present[classes(y, x)] = true;
  }
  present[0] = false;
  if (std::count(present.begin(), present.end(), true) <= 1) {
    return label_components(classes, 4, ids);
  }
  ComponentsWorkspace workspace;
  Picture<std::uint8_t> mask(classes.height, classes.width);
  Picture<std::uint32_t> own(classes.height, classes.width);
  std::uint32_t count = 0;
  for (size_t c = 1; c < present.size(); ++c) {
    if (!present[c]) continue;
    for (Index y = 0; y < ids.height; ++y) {
      for (Index x = 0; x < ids.width; ++x) mask.plane()(y, x) = classes(y, x) == c;
    }
    const auto found = label_components(mask.plane(), 4, own.plane(), workspace);
    for (Index y = 0; y < ids.height; ++y) {
      for (Index x = 0; x < ids.width; ++x) {
        if (own.plane()(y, x) != 0) ids(y, x) = own.plane()(y, x) + count;
        if (classes(y, x) == 0) ids(y, x) = 0;
      }
    }
    count += found;
  }
  return count;
}

}  // namespace unetflow
