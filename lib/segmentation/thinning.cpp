#include "segmentation/thinning.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace unetflow {
namespace {

constexpr std::uint32_t kLine = 0;
// The ids of segments are between that of lines and these.
constexpr std::uint32_t kOutside = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kBorder = kOutside - 1;  ///< not reached yet
constexpr std::uint32_t kQueued = kOutside - 2;

constexpr bool is_segment(std::uint32_t label) { return label != kLine && label < kQueued; }

/// The image stored column by column within a frame. So neighbours need no bounds check, and the
/// order in memory is the order of the scan.
class Columns {
 public:
  Columns(Plane<std::uint32_t> picture, std::vector<std::uint32_t>& memory)
      : picture_(picture), pitch_(picture.height + 2), labels_(memory) {
    labels_.assign(static_cast<size_t>(pitch_ * (picture.width + 2)), kOutside);
    transfer([](std::uint32_t& own, const std::uint32_t& theirs) { own = theirs; });
  }

  void write_back() {
    transfer([](const std::uint32_t& own, std::uint32_t& theirs) { theirs = own; });
  }

  std::uint32_t& at(Index i) { return labels_[static_cast<size_t>(i)]; }
  std::array<Index, 4> neighbours(Index i) const {  // left, up, right, down
    return {i - pitch_, i - 1, i + pitch_, i + 1};
  }
  /// Calls `visit` with each pixel's index, column by column.
  template <class Visit>
  void scan(Visit visit) const {
    for (Index x = 1; x <= picture_.width; ++x) {
      for (Index i = x * pitch_ + 1; i <= x * pitch_ + picture_.height; ++i) visit(i);
    }
  }

 private:
  template <class Copy>
  void transfer(Copy copy) {
    constexpr Index kBlock = 16;  // px; the rows and columns of a block stay in the cache
    for (Index top = 0; top < picture_.height; top += kBlock) {
      for (Index left = 0; left < picture_.width; left += kBlock) {
        for (Index y = top; y < std::min(top + kBlock, picture_.height); ++y) {
          for (Index x = left; x < std::min(left + kBlock, picture_.width); ++x) {
            copy(at((x + 1) * pitch_ + y + 1), picture_(y, x));
          }
        }
      }
    }
  }

  Plane<std::uint32_t> picture_;
  Index pitch_;
  std::vector<std::uint32_t>& labels_;
};

/// Visits pixels first in, first out: those reached, then those that they put into `next`, and so
/// on.
template <class Visit>
void flood(std::vector<std::int64_t>& reached, std::vector<std::int64_t>& next, Visit visit) {
  for (; !reached.empty(); std::swap(reached, next)) {
    next.clear();
    for (const Index i : reached) visit(i);
  }
}

}  // namespace

void thin_borders(Plane<std::uint32_t> segments, ThinningWorkspace& workspace) {
  auto& [labels, reached, next] = workspace;
  Columns columns(segments, labels);
  reached.clear();
  columns.scan([&](Index i) {
    if (columns.at(i) == 0) columns.at(i) = kBorder;
  });
  columns.scan([&](Index i) {
    if (columns.at(i) != kBorder) return;
    for (const Index n : columns.neighbours(i)) {
      if (is_segment(columns.at(n))) {
        columns.at(i) = kQueued;
        reached.push_back(i);
        return;
      }
    }
  });
  flood(reached, next, [&](Index i) {
    std::uint32_t label = kQueued;
    bool overrulable = false;  // a line only because a neighbour is one
    for (const Index n : columns.neighbours(i)) {
      const std::uint32_t neighbour = columns.at(n);
      if (is_segment(neighbour)) {
        if (label == kQueued || (label == kLine && overrulable)) {
          label = neighbour;
        } else if (label != kLine && label != neighbour) {
          label = kLine;
          overrulable = false;
        }
      } else if (neighbour == kLine) {
        if (label == kQueued) {
          label = kLine;
          overrulable = true;
        }
      } else if (neighbour == kBorder) {
        columns.at(n) = kQueued;
        next.push_back(n);
      }
    }
    columns.at(i) = label;
  });
  // Border is left only in an image without segments.
  columns.scan([&](Index i) {
    if (columns.at(i) == kBorder) columns.at(i) = 1;
  });
  columns.write_back();
}

void grow_over_lines(Plane<std::uint32_t> segments, ThinningWorkspace& workspace) {
  auto& [labels, reached, next] = workspace;
  Columns columns(segments, labels);
  reached.clear();
  columns.scan([&](Index i) {
    if (columns.at(i) != kLine) return;
    for (const Index n : columns.neighbours(i)) {
      if (is_segment(columns.at(n))) {
        reached.push_back(i);
        return;
      }
    }
  });
  flood(reached, next, [&](Index i) {
    if (columns.at(i) != kLine) return;
    std::uint32_t label = kLine;
    for (const Index n : columns.neighbours(i)) {
      if (label == kLine && is_segment(columns.at(n))) label = columns.at(n);
      if (columns.at(n) == kLine) next.push_back(n);
    }
    columns.at(i) = label;
  });
  columns.write_back();
}

}  // namespace unetflow
