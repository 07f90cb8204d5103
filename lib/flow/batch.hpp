// Batches of samples for the trainer. This is the only interface between the graph that makes
// samples (lib/flow) and the trainer that learns from them (lib/training), so neither depends on
// the other.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <vector>

#include "artifact/sample_id.hpp"
#include "image/view.hpp"

namespace unetflow {

/// Samples one after another, in memory that is reused and may be of a kind that a GPU reads by
/// itself: input float32 [size, channels, input_size, input_size]; label uint8 class ids and weight
/// float32 [size, output_size, output_size].
struct Batch {
  Index size = 0;  ///< samples in it; the last batch of an epoch may hold fewer
  Index channels = 0;
  Index input_size = 0;   ///< px
  Index output_size = 0;  ///< px
  std::pmr::vector<float> input;
  std::pmr::vector<std::uint8_t> label;
  std::pmr::vector<float> weight;
  std::uint32_t epoch = 0;
  std::int64_t first = 0;  ///< place of its first sample in the epoch's order
  std::vector<SampleId> samples;

  explicit Batch(std::pmr::memory_resource* memory = std::pmr::get_default_resource())
      : input(memory), label(memory), weight(memory) {}
};

/// Which batches of an epoch are one process's, of several that train together. Those of an update,
/// `group` of them, are dealt out in turn.
struct BatchShare {
  std::int64_t group = 1;
  int rank = 0, processes = 1;

  bool holds(std::int64_t batch) const { return batch % group % processes == rank; }
};

/// A stream of batches in a fixed order.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// The next batch, or nullptr after the last. It stays valid until the next call. Throws the
  /// error of a sample that could not be made, such as an InputError that names file and place.
  virtual const Batch* next() = 0;
  /// Seconds that next() has waited for samples so far.
  virtual double seconds_waited() const = 0;
};

}  // namespace unetflow
