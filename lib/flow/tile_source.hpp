// Makes samples from tiles on the fly: reads, decodes, augments and computes the weight map.
// Everything but reading runs in parallel.
//
// The first tiles that are read are kept in memory for good, as many as the budget allows; the
// others are read again each time. So memory for a fraction f of the tiles saves a fraction f of
// the reads. Considered and dropped: a cache of the most recently used tiles. It would save only f
// + (1 - f) ln(1 - f), about f^2 / 2, because every epoch visits each tile once, in its own order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "artifact/picture_split.hpp"
#include "flow/sample_source.hpp"
#include "sample/augment.hpp"
#include "sample/weight_map.hpp"

namespace unetflow {

struct TileSourceConfig {
  AugmentConfig augment;  ///< its `epochs` are ignored: every epoch can be made
  WeightMapConfig weight_map;
  std::int64_t memory = std::int64_t{1} << 30;  ///< bytes; budget of the tiles that are kept
};

class TileSource final : public SampleSource {
 public:
  /// Opens the tiles shards with these manifests, in any order. Throws InputError when one cannot
  /// be read, when they differ in shape, hold a sample twice, or hold none of an image that trains
  /// by the split.
  TileSource(const TileSourceConfig& config, const std::vector<std::filesystem::path>& tiles,
             const PictureSplit& split = {});
  ~TileSource() override;

  const SampleShape& shape() const override;
  const Preprocessed& preprocessed() const override;
  const std::vector<SampleId>& ids() const override;
  void check_epochs(std::uint32_t first, std::uint32_t end) const override;
  void announce(std::uint32_t epoch, Index rank) override;
  RawSample* read(const Sample& sample) override;
  void make(const Sample& sample, RawSample* raw) override;

  /// How many tiles there is memory for at this moment: those that are kept, and those in use or
  /// waiting for reuse, of which there are at most as many as samples in flight.
  Index tiles_in_memory() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
