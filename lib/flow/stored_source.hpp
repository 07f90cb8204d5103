// Samples that were made before: "augmented" shards and the "weights" shards made from them. Gives,
// for the epochs that they hold, the very bytes that TileSource gives.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "artifact/picture_split.hpp"
#include "flow/sample_source.hpp"

namespace unetflow {

class StoredSource final : public SampleSource {
 public:
  /// Opens shards by their manifests, in any order. Throws InputError when one cannot be read, when
  /// they differ in shape or hold a sample of an epoch twice, and when an augmented shard has no
  /// weights shard: one that names its manifest's SHA-256 among its inputs and holds its samples.
  /// Of the samples, those of the images that train by the split are streamed.
  StoredSource(const std::vector<std::filesystem::path>& augmented,
               const std::vector<std::filesystem::path>& weights, const PictureSplit& split = {});
  ~StoredSource() override;

  const SampleShape& shape() const override;
  const std::vector<SampleId>& ids() const override;
  /// Names the first epoch, or sample of an epoch, that is missing.
  void check_epochs(std::uint32_t first, std::uint32_t end) const override;
  Loan* read(const Sample& sample) override;
  void make(const Sample& sample, Loan* loan) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
