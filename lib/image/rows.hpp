// Some rows of an image.
#pragma once

#include <compare>
#include <vector>

#include "core/arithmetic.hpp"

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

}  // namespace unetflow
