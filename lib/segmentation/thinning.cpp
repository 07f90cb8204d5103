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

struct Block {
  Index top, left, bottom, right;
};

/// Calls `visit` with the parts of a block, each `side` high and wide at most.
template <class Visit>
void for_blocks(const Block& whole, Index side, Visit visit) {
  for (Index top = whole.top; top < whole.bottom; top += side) {
    for (Index left = whole.left; left < whole.right; left += side) {
      visit(
          Block{top, left, std::min(top + side, whole.bottom), std::min(left + side, whole.right)});
    }
  }
}

/// The image stored column by column within a frame. So neighbours need no bounds check, and the
/// order in memory is the order of the scan.
class Columns {
 public:
  /// With `border` in place of 0.
  Columns(Plane<std::uint32_t> picture, std::uint32_t border, std::vector<std::uint32_t>& memory)
      : picture_(picture), pitch_(picture.height + 2), labels_(memory) {
    labels_.assign(static_cast<size_t>(pitch_ * (picture.width + 2)), kOutside);
    transfer([border](std::uint32_t& own, const std::uint32_t& theirs) {
      own = theirs == 0 ? border : theirs;
    });
  }

  /// Border that no segment reached, because there is none, becomes segment 1.
  void write_back() {
    transfer(
        [](const std::uint32_t& own, std::uint32_t& theirs) { theirs = own == kBorder ? 1 : own; });
  }

  Index width() const { return picture_.width; }
  std::uint32_t& at(Index i) { return labels_[static_cast<size_t>(i)]; }
  std::array<Index, 4> neighbours(Index i) const {  // left, up, right, down
    return {i - pitch_, i - 1, i + pitch_, i + 1};
  }
  /// Calls `visit` with the index of each pixel of the columns [first, end), column by column.
  template <class Visit>
  void scan(Index first, Index end, Visit visit) const {
    for (Index x = first; x < end; ++x) {
      for (Index i = (x + 1) * pitch_ + 1; i <= (x + 1) * pitch_ + picture_.height; ++i) visit(i);
    }
  }

 private:
  /// Of a block of pages rows and columns are near, in both orders, and of a small block in the
  /// cache.
  template <class Copy>
  void transfer(Copy copy) {
    constexpr Index kPage = 1024, kBlock = 16;  // px
    const auto whole = Block{0, 0, picture_.height, picture_.width};
    for_blocks(whole, kPage, [&](const Block& pages) {
      for_blocks(pages, kBlock, [&](const Block& block) {
        for (Index y = block.top; y < block.bottom; ++y) {
          for (Index x = block.left; x < block.right; ++x) {
            copy(at((x + 1) * pitch_ + y + 1), picture_(y, x));
          }
        }
      });
    });
  }

  Plane<std::uint32_t> picture_;
  Index pitch_;
  std::vector<std::uint32_t>& labels_;
};

/// Columns next to each other, and what is in the queue because of pixels there.
struct Strip {
  Index first = 0, end = 0;           ///< columns [first, end)
  Index steps = 0;                    ///< done
  std::vector<std::int64_t> reached;  ///< by the next step, in the order of the queue
};

/// Visits pixels first in, first out: `starts(i)` says of each pixel whether it is in the queue
/// when the first is visited, in the order of the scan; `visit(i, next)` puts those that follow
/// into `next`.
///
/// A large image would be read once a step, so strips of columns take steps as far as they can be
/// told apart from taking them all together. What a strip put into the queue is a part of it
/// without gaps, and a step moves by one column at most. So strips that are far enough from each
/// other for the steps they have taken do not meet, and in whichever order they take them the
/// pixels are the same; those that may meet take each step from left to right, and none before the
/// last is done.
template <class Starts, class Visit>
void flood(Columns& columns, Starts starts, Visit visit) {
  constexpr Index kStrip = 64;  // columns
  std::vector<Strip> strips;    // from left to right; those with an empty queue are done
  std::vector<std::int64_t> next;
  Index scanned = 0;  // columns
  // Step n of a strip reads and writes the n + 1 columns on each side of it at most; the scan is
  // step 0.
  const auto may_step = [&](size_t own) {
    const Index step = strips[own].steps + 1;
    const Index reach = 2 * step + 2;
    for (size_t i = own; i-- > 0 && strips[i].end + reach > strips[own].first;) {
      if (strips[i].steps < step) return false;
    }
    for (size_t i = own + 1; i < strips.size() && strips[i].first < strips[own].end + reach; ++i) {
      if (strips[i].steps < step - 1) return false;
    }
    return scanned == columns.width() || scanned >= strips[own].end + reach;
  };
  while (scanned < columns.width() || !strips.empty()) {
    if (scanned < columns.width()) {
      Strip strip{scanned, std::min(scanned + kStrip, columns.width()), 0, {}};
      columns.scan(strip.first, strip.end, [&](Index i) {
        if (starts(i)) strip.reached.push_back(i);
      });
      scanned = strip.end;
      strips.push_back(std::move(strip));
    }
    for (size_t i = 0; i < strips.size(); ++i) {
      if (!may_step(i)) continue;
      next.clear();
      for (const Index pixel : strips[i].reached) visit(pixel, next);
      std::swap(strips[i].reached, next);
      ++strips[i].steps;
    }
    std::erase_if(strips, [](const Strip& strip) { return strip.reached.empty(); });
  }
}

}  // namespace

void thin_borders(Plane<std::uint32_t> segments, ThinningWorkspace& workspace) {
  Columns columns(segments, kBorder, workspace.labels);
  const auto starts = [&](Index i) {
    if (columns.at(i) != kBorder) return false;
    for (const Index n : columns.neighbours(i)) {
      if (is_segment(columns.at(n))) {
        columns.at(i) = kQueued;
        return true;
      }
    }
    return false;
  };
  flood(columns, starts, [&](Index i, std::vector<std::int64_t>& next) {
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
  columns.write_back();
}

void grow_over_lines(Plane<std::uint32_t> segments, ThinningWorkspace& workspace) {
  Columns columns(segments, kLine, workspace.labels);
  const auto starts = [&](Index i) {
    if (columns.at(i) != kLine) return false;
    return std::ranges::any_of(columns.neighbours(i),
                               [&](Index n) { return is_segment(columns.at(n)); });
  };
  flood(columns, starts, [&](Index i, std::vector<std::int64_t>& next) {
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
