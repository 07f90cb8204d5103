// Where a stream's samples come from. The stream (sample_stream.hpp) decides which sample is made
// when, by which thread and into which memory; a source knows how. Two of them:
//
//   TileSource    tiles shards, deformed and weighed as they pass
//   StoredSource  augmented and weights shards, read as they are
#pragma once

#include <cstdint>
#include <vector>

#include "artifact/sample_id.hpp"
#include "image/view.hpp"

namespace unetflow {

struct SampleShape {
  Index channels = 0;
  Index input_size = 0;   ///< px
  Index output_size = 0;  ///< px
  int classes = 2;
  bool operator==(const SampleShape&) const = default;
};

/// A sample to be made, and its place in a batch.
struct Sample {
  std::uint32_t epoch = 0;
  Index rank = 0;             ///< of its id among the source's ids
  Stack<float> input;         ///< [channels, input_size, input_size]
  Plane<std::uint8_t> label;  ///< [output_size, output_size]
  Plane<float> weight;        ///< [output_size, output_size]
};

/// What a sample is made of, as a source lends it to itself.
struct Loan {
  virtual ~Loan() = default;
};

class SampleSource {
 public:
  virtual ~SampleSource() = default;

  virtual const SampleShape& shape() const = 0;
  /// The ids of an epoch's samples, ascending, whatever the shard they lie in.
  virtual const std::vector<SampleId>& ids() const = 0;
  /// Throws InputError unless the source has the epochs from `first` up to before `end`.
  virtual void check_epochs(std::uint32_t first, std::uint32_t end) const = 0;

  /// Reads what the sample is made of; nullptr when the sample is filled already. Called by one
  /// thread at a time, in the order of the samples: the only part that reads shards.
  virtual Loan* read(const Sample& sample) = 0;
  /// Fills the sample from what read() lent, and so gives it back. Called by many threads.
  virtual void make(const Sample& sample, Loan* loan) = 0;
};

}  // namespace unetflow
