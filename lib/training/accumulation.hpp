// How batches are grouped into updates of the weights.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/arithmetic.hpp"

namespace unetflow {

/// The gradients of `steps` batches add up to one update. The last group of an epoch may be
/// smaller. Batches are numbered within the epoch, which has `batches`.
struct AccumulationGroups {
  std::int64_t steps, batches;

  /// Updates per epoch.
  std::int64_t count() const { return divided_up(batches, steps); }
  /// Batches in the group that `batch` belongs to.
  std::int64_t size(std::int64_t batch) const {
    return std::min(steps, batches - batch / steps * steps);
  }
  bool ends_after(std::int64_t batch) const {
    return (batch + 1) % steps == 0 || batch + 1 == batches;
  }
};

}  // namespace unetflow
