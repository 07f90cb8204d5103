// How often each value of a label occurs.
#pragma once

#include <unordered_map>
#include <vector>

#include "core/arithmetic.hpp"

namespace unetflow {

/// Calls visit(value, begin, end) for each run of equal values: labels are few, long ones.
template <class T, class Visit>
void for_runs(const T* values, size_t size, Visit visit) {
  for (size_t begin = 0, end = 0; begin < size; begin = end) {
    while (end < size && values[end] == values[begin]) ++end;
    visit(values[begin], begin, end);
  }
}

/// The number of pixels of each value.
template <class T>
std::unordered_map<T, Index> counts(const T* values, size_t size) {
  std::unordered_map<T, Index> of;
  for_runs(values, size, [&](T value, size_t begin, size_t end) {
    of[value] += static_cast<Index>(end - begin);
  });
  return of;
}
template <class T>
std::unordered_map<T, Index> counts(const std::vector<T>& values) {
  return counts(values.data(), values.size());
}

}  // namespace unetflow
