// The stream of batches into the trainer: a oneTBB flow graph.
//
//   free batches -> order -> read -> make -> sequence -> ready batches -> next()
//        ^            serial   serial  all      in order                     |
//        +-------------------------------------------------------------------+
//
// Batches are the graph's tokens. There is a fixed number of them, whose memory is reused, and each
// is filled in place. So nothing is copied or allocated once the stream runs, and a slow trainer
// stops the graph instead of filling the memory. The trainer has one batch; two may be ready; the
// others are being made, enough of them to keep all threads busy.
//
// The order depends on (seed, source) only: in epoch e, samples come in the order
// random_permutation(random_key(seed, Purpose::kOrder, e), N) of their ascending ids. The error of
// a sample is thrown in the sample's place in that order, so errors repeat as well.
//
// The graph runs on `threads` threads in an arena of its own: one thread of this class and oneTBB's
// workers. None of them ever blocks, and the trainer's thread never works for the graph.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>

#include "flow/batch.hpp"
#include "flow/sample_source.hpp"

namespace unetflow {

struct StreamConfig {
  std::uint64_t seed = 1;
  Index batch = 1;           ///< samples; the last batch of an epoch may hold fewer
  std::uint32_t epochs = 1;  ///< the stream ends before the epoch of this number
  std::uint32_t first_epoch = 0;
  std::int64_t first_sample = 0;  ///< place in the first epoch's order where the stream begins
  BatchShare share = {};          ///< other batches are left out
  int threads = 1;
  std::pmr::memory_resource* memory = std::pmr::get_default_resource();  ///< of the batches
};

class SampleStream final : public BatchSource {
 public:
  /// Starts at once. Throws InputError if the source lacks an epoch, and Error if the stream would
  /// begin after the epoch's last sample.
  SampleStream(const StreamConfig& config, std::unique_ptr<SampleSource> source);
  /// Stops the graph within the time that one sample takes.
  ~SampleStream() override;

  const Batch* next() override;
  double seconds_waited() const override;

  const SampleShape& shape() const;
  Index samples_per_epoch() const;
  /// How many batches there is memory for; never changes.
  Index batches_in_memory() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
