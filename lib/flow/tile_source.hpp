// Samples made from tiles as they pass: read, decoded, augmented, weighed; all but the reading side
// by side.
//
// Tiles are kept in memory as far as the budget reaches, and a kept tile stays for good; the others
// are read again each time. Every epoch visits every tile once in an order of its own, so room for
// a share f of the tiles spares a share f of the reads. Considered and dropped: keeping the most
// recently used ones, which would spare f + (1 - f) ln(1 - f) of them, about f^2 / 2.
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
  AugmentConfig augment;  ///< its `epochs` are not looked at: every epoch can be made
  WeightMapConfig weight_map;
  std::int64_t memory = std::int64_t{1} << 30;  ///< bytes; for tiles that are kept
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
  const std::vector<SampleId>& ids() const override;
  void check_epochs(std::uint32_t first, std::uint32_t end) const override;
  Loan* read(const Sample& sample) override;
  void make(const Sample& sample, Loan* loan) override;

  /// Tiles that there is memory for at this moment: those kept, and those on their way or waiting
  /// to be used again, of which there are never more than samples in flight.
  Index tiles_in_memory() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
