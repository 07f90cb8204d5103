// Checkpoints: where a training stands, as artifacts of their own (<step>.json with
// <step>.safetensors and <step>.jsonl) in a folder beside the model. An artifact's manifest appears
// last and holds digests, so a torn or damaged checkpoint is noticed; the two newest are kept, so
// there is one before it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "artifact/manifest.hpp"
#include "artifact/safetensors.hpp"

namespace unetflow {

/// How far a training has come.
struct TrainingPosition {
  std::uint32_t epoch = 0;
  std::int64_t first = 0;  ///< samples of this epoch that are done
  std::int64_t step = 0;   ///< updates of the weights that are done
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrainingPosition, epoch, first, step)

struct Checkpoint {
  TrainingPosition position;
  Json progress;    ///< what else the trainer counts: sums, best figures
  Tensors tensors;  ///< weights, momentum, averages
  std::string log;  ///< metrics.jsonl up to here
};

class CheckpointFolder {
 public:
  /// `identity` says what is being trained: its stage, version, configuration and inputs, whose
  /// paths are relative to the folder above `folder`. Checkpoints lie in a folder below, named by
  /// it, so those of another training are never gone on from, nor lost.
  CheckpointFolder(fs::path folder, Manifest identity);

  /// Writes a checkpoint, and removes all of this training but the two newest. The new one is whole
  /// on the disk before an old one goes.
  void save(const Checkpoint& checkpoint) const;

  /// The newest checkpoint that is whole. Damaged ones are told to `report`, a line each, and
  /// removed.
  std::optional<Checkpoint> load(const std::function<void(const std::string&)>& report) const;

  /// Removes this training's checkpoints: it is done.
  void remove() const;

 private:
  std::vector<fs::path> newest_first() const;
  fs::path folder_, own_;
  Manifest identity_;
};

}  // namespace unetflow
