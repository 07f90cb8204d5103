// The stream of batches into the trainer: a oneTBB flow graph.
//
//   free batches -> order -> read -> make -> sequence -> ready batches -> next()
//        ^            serial   serial  all      in order                     |
//        +-------------------------------------------------------------------+
//
// Batches are the tokens: there are a fixed number of them, whose memory is used again and again,
// and each is filled in place, so nothing is copied or allocated once the stream runs, and a slow
// trainer stops the graph, never fills the memory. One is with the trainer; of the others two may
// lie ready while as many are in the making as keep the threads busy.
//
// What comes when depends on (seed, source) only: in epoch e, samples come in the order
// random_permutation(random_key(seed, Purpose::kOrder, e), N) of their ascending ids. What went
// wrong with a sample comes in its place in the order, so errors repeat as well.
//
// The graph runs in an arena of its own on `threads` threads: one of this class and oneTBB's
// workers. None of them ever blocks, and the trainer's thread never works for the graph.
#pragma once

#include <cstdint>
#include <memory>

#include "flow/batch.hpp"
#include "flow/sample_source.hpp"

namespace unetflow {

struct StreamConfig {
  std::uint64_t seed = 1;
  Index batch = 1;           ///< samples; the last batch of an epoch may hold fewer
  std::uint32_t epochs = 1;  ///< the stream ends before the epoch of this number
  std::uint32_t first_epoch = 0;
  std::int64_t first_sample = 0;  ///< place in the first epoch's order where the stream begins
  int threads = 1;
};

class SampleStream final : public BatchSource {
 public:
  /// Starts at once. Throws InputError when the source lacks an epoch, Error when the stream would
  /// begin beyond the epoch's last sample.
  SampleStream(const StreamConfig& config, std::unique_ptr<SampleSource> source);
  /// Ends the graph wherever it is, within the time of one sample.
  ~SampleStream() override;

  const Batch* next() override;
  double seconds_waited() const override;

  const SampleShape& shape() const;
  Index samples_per_epoch() const;
  /// Batches that there is memory for; never changes.
  Index batches_in_memory() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
