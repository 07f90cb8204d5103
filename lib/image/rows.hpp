// Some rows of an image.
#pragma once

#include <algorithm>
#include <compare>
#include <vector>

#include "core/arithmetic.hpp"
#include "image/view.hpp"

namespace unetflow {

/// The rows from `first` up to, but without, `end`.
struct RowRange {
  Index first = 0, end = 0;

  Index count() const { return end - first; }
  auto operator<=>(const RowRange&) const = default;
};

/// Adds rows behind others: to the last range where they follow it.
inline void append(RowRange rows, std::vector<RowRange>& ranges) {
  if (!ranges.empty() && ranges.back().end == rows.first) {
    ranges.back().end = rows.end;
  } else {
    ranges.push_back(rows);
  }
}

/// Puts rows of an image to their place in it, from row `first` on.
template <class T>
void put_rows(const Picture<T>& rows, Index first, Picture<T>& image) {
  for (Index c = 0; c < rows.channels; ++c) {
    std::copy_n(rows.plane(c).row(0), rows.height * rows.width, image.plane(c).row(first));
  }
}

}  // namespace unetflow
