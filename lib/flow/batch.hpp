// Samples on their way to the trainer. The one interface between what makes them (lib/flow) and
// what learns from them (lib/network), so that neither depends on the other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "artifact/sample_id.hpp"
#include "image/view.hpp"

namespace unetflow {

/// Samples side by side, in memory that is reused: input float32 [size, channels, input_size,
/// input_size]; label uint8 class ids and weight float32 [size, output_size, output_size].
struct Batch {
  Index size = 0;  ///< samples in it; the last batch of an epoch may hold fewer
  Index channels = 0;
  Index input_size = 0;   ///< px
  Index output_size = 0;  ///< px
  std::vector<float> input;
  std::vector<std::uint8_t> label;
  std::vector<float> weight;
  std::uint32_t epoch = 0;
  std::int64_t first = 0;  ///< place of its first sample in the epoch's order
  std::vector<SampleId> samples;

  /// Its samples, for messages: "tile 3 of picture 17, tile 0 of picture 2".
  std::string names() const {
    std::string names;
    for (const SampleId& sample : samples) names += (names.empty() ? "" : ", ") + sample.name();
    return names;
  }
};

/// A stream of batches in a fixed order.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// The next batch, or nullptr after the last. It stays valid until the next call. Throws what
  /// went wrong on the way, InputError naming file and place among it.
  virtual const Batch* next() = 0;
  /// Seconds that next() has waited for samples so far.
  virtual double seconds_waited() const = 0;
};

}  // namespace unetflow
