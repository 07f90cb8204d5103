// Where a stream's samples come from. The stream (sample_stream.hpp) decides when a sample is made,
// by which thread and into which memory; the source knows how. There are two:
//
//   TileSource    tile shards, augmented and weighted on the fly
//   StoredSource  augmented and weights shards, read as stored
#pragma once

#include <cstdint>
#include <vector>

#include "artifact/preprocessing.hpp"
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

/// A sample to be made, and its memory in a batch.
struct Sample {
  std::uint32_t epoch = 0;
  Index rank = 0;             ///< index of its id in the source's ids
  Stack<float> input;         ///< [channels, input_size, input_size]
  Plane<std::uint8_t> label;  ///< [output_size, output_size]
  Plane<float> weight;        ///< [output_size, output_size]
};

/// The raw data of one sample, which belong to the source, between read() and make().
struct RawSample {
  virtual ~RawSample() = default;
};

class SampleSource {
 public:
  virtual ~SampleSource() = default;

  virtual const SampleShape& shape() const = 0;
  /// What the images are that they were cut of, see artifact/preprocessing.hpp.
  virtual const Preprocessed& preprocessed() const = 0;
  /// The ids of an epoch's samples, ascending, over all shards.
  virtual const std::vector<SampleId>& ids() const = 0;
  /// Throws InputError unless the source has the epochs from `first` up to before `end`.
  virtual void check_epochs(std::uint32_t first, std::uint32_t end) const = 0;

  /// The sample of this epoch and rank will be read soon. Called as read() is.
  virtual void announce(std::uint32_t epoch, Index rank) = 0;
  /// Reads the sample's raw data; nullptr if the sample is filled already. Called by one thread at
  /// a time, in the order of the samples: nothing else reads shards.
  virtual RawSample* read(const Sample& sample) = 0;
  /// Fills the sample from the raw data that read() returned, and ends their use. Called by many
  /// threads at once.
  virtual void make(const Sample& sample, RawSample* raw) = 0;
};

}  // namespace unetflow
