// Reads samples that were made before, from "augmented" shards and the "weights" shards made from
// them. For the epochs in the shards, they are the very bytes that TileSource makes.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "artifact/picture_split.hpp"
#include "flow/sample_source.hpp"

namespace unetflow {

class StoredSource final : public SampleSource {
 public:
  /// Opens shards by their manifests, in any order. Throws InputError if one cannot be read, if
  /// they differ in shape or hold a sample of an epoch twice, or if an augmented shard has no
  /// weights shard. That of a shard names the SHA-256 of its manifest among its inputs, and holds
  /// the same samples. Of the samples, those of the images that train by the split are streamed.
  StoredSource(const std::vector<std::filesystem::path>& augmented,
               const std::vector<std::filesystem::path>& weights, const PictureSplit& split = {});
  ~StoredSource() override;

  const SampleShape& shape() const override;
  const Preprocessed& preprocessed() const override;
  const std::vector<SampleId>& ids() const override;
  /// The error names the first missing epoch or sample.
  void check_epochs(std::uint32_t first, std::uint32_t end) const override;
  void announce(std::uint32_t epoch, Index rank) override;
  RawSample* read(const Sample& sample) override;
  void make(const Sample& sample, RawSample* raw) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
