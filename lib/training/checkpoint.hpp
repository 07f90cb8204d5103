// Checkpoints: how far a training has come, as artifacts of their own (<step>.json with
// <step>.safetensors) in a folder beside the model, and beside them the training's log, which only
// grows. An artifact's manifest appears last and holds digests, also of the log so far, so a torn
// or damaged checkpoint is noticed. The two newest are kept: if one is damaged, there is another.
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
  std::int64_t samples_done = 0;  ///< of this epoch
  std::int64_t step = 0;          ///< updates of the weights that are done
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrainingPosition, epoch, samples_done, step)

struct Checkpoint {
  TrainingPosition position;
  Json progress;                 ///< what else the trainer counts: sums, best scores
  Tensors tensors;               ///< weights, momentum, averages
  std::uintmax_t log_bytes = 0;  ///< of the log up to here; load() fills it in

  /// Adds tensors under names with `prefix` before; and gives those back without it.
  void add(const std::string& prefix, const Tensors& more);
  Tensors at(const std::string& prefix) const;
};

class CheckpointFolder {
 public:
  /// `identity` says what is being trained: its stage, revision, configuration and inputs, whose
  /// paths are relative to the folder above `folder`. Checkpoints are stored in a subfolder named
  /// by the digest of `identity`, so a changed training neither resumes from nor deletes another's.
  /// unetflow's version is not a part of it (artifact/identity.hpp).
  CheckpointFolder(fs::path folder, Manifest identity);

  /// Where this training's log belongs while it runs.
  fs::path log() const;

  /// Writes a checkpoint and removes all of this training but the two newest. The new one and the
  /// log are on the disk before an old one is removed.
  void save(const Checkpoint& checkpoint) const;

  /// The newest checkpoint that is whole. For each damaged one, calls `report` with a line and
  /// removes it.
  std::optional<Checkpoint> load(const std::function<void(const std::string&)>& report) const;

  /// Removes this training's checkpoints and log: it is done.
  void remove() const;

 private:
  std::vector<fs::path> newest_first() const;
  fs::path folder_, own_;
  Manifest identity_;
};

}  // namespace unetflow
