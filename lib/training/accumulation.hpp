// How batches are grouped into updates of the weights, and which of them processes share out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/arithmetic.hpp"
#include "training/train_config.hpp"

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

/// Batches that several processes compute at once, one each: all of the same group.
struct Batches {
  std::int64_t number;  ///< of the first, in its epoch
  std::int64_t count;
  std::int64_t samples;  ///< of them all
  std::int64_t group_size;
  bool begin_update, end_update;
};

/// Those that begin with sample `first` of an epoch of `samples`.
Batches batches_from(std::int64_t first, const TrainConfig& config, std::int64_t samples,
                     int processes);

/// Throws InputError naming `place` if an update is not made of a batch for each process.
void check_share(const TrainConfig& config, std::int64_t samples, int processes,
                 const std::string& place);

}  // namespace unetflow
