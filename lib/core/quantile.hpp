// Quantiles of a set of values.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace unetflow {

/// The value below which `fraction` (0 to 1) of the values are, linear between neighbours, as
/// numpy.quantile computes it. Reorders the values, of which there is at least one.
template <class T>
double quantile(std::span<T> values, double fraction) {
  const double rank = fraction * static_cast<double>(values.size() - 1);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), below, values.end());
  const double between = rank - std::floor(rank);
  const auto low = static_cast<double>(*below);
  if (between == 0) return low;
  const auto above = std::min_element(below + 1, values.end());
  return low + between * (static_cast<double>(*above) - low);
}

}  // namespace unetflow
