// Sums of arrays over processes, beside what they compute.
#pragma once

#include <cstddef>

namespace unetflow {

/// Summands that processes add at once, one each: those of the first `summands` ranks.
struct Round {
  int summands = 1;
  bool begins = true;  ///< the sum
  bool ends = true;
};

class ArraySum {
 public:
  virtual ~ArraySum() = default;
  /// Adds the summands that are in the array of this number in all processes, each of which calls
  /// it in the same order. The array must stay as it is until wait(); if the round ends the sum, it
  /// holds the sum then.
  virtual void start(std::size_t array, const Round& round) = 0;
  /// What follows comes after that. Throws what adding up any array has thrown.
  virtual void wait(std::size_t array) = 0;
};

}  // namespace unetflow
