// The index type, and rounding of sizes.
#pragma once

#include <cstddef>

namespace unetflow {

using Index = std::ptrdiff_t;

/// `value` / `by` rounded up; neither is negative.
constexpr Index divided_up(Index value, Index by) { return (value + by - 1) / by; }
/// The smallest multiple from `value` on; neither is negative.
constexpr Index round_up(Index value, Index multiple) {
  return divided_up(value, multiple) * multiple;
}

}  // namespace unetflow
