// Checkpoints: how far a training has come, as artifacts of their own (<step>.json with
// <step>.safetensors) in a folder beside the model, and beside them the training's log, which only
// grows. An artifact's manifest appears last and holds the digest of the tensors' file, and that
// file says all the rest: position, counts, and the digest of the log so far. So a torn, damaged or
// edited checkpoint is noticed. The two newest are kept: if one is damaged, there is another.
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
  Json progress;    ///< what else the trainer counts, by schemas/checkpoint.schema.json
  Tensors tensors;  ///< weights, momentum, averages

  /// Adds tensors under names with `prefix` before; and gives those back without it.
  void add(const std::string& prefix, const Tensors& more);
  Tensors at(const std::string& prefix) const;
};

class CheckpointFolder {
 public:
  /// `training` says what is being trained: its stage, revision, configuration and inputs, whose
  /// paths are relative to the folder above `folder`. Checkpoints are stored in a subfolder named
  /// by its digest (training/checkpoint_place.hpp), so a changed training neither resumes from nor
  /// deletes another's. `computation` is what the result depends on besides
  /// (training/computation.hpp).
  CheckpointFolder(const fs::path& folder, const Manifest& training, Json computation);

  /// Where this training's log belongs while it runs.
  fs::path log() const;

  /// Writes a checkpoint and removes all of this training but it and the last whole one before. The
  /// new one and the log are on the disk before an old one is removed.
  void save(const Checkpoint& checkpoint);

  /// Resumes from the newest checkpoint that is whole and that `restore` takes, and returns how
  /// many bytes of the log belong to it; nothing if there is none. `restore` throws
  /// InputError(place, ...) for a checkpoint that cannot be, and then leaves no trace. For each one
  /// that is not used, `report` gets a line. What killed runs left half written is removed; nobody
  /// else may be writing here. Throws InputError when a checkpoint is of another computation.
  std::optional<std::uintmax_t> resume(
      const std::function<void(const Checkpoint&, const std::string& place)>& restore,
      const std::function<void(const std::string& line)>& report);

 private:
  struct Stored;
  std::vector<fs::path> newest_first() const;
  Stored read(const fs::path& manifest) const;
  std::string identity_digest() const;

  fs::path own_;
  Manifest identity_;
  Json computation_;
  fs::path last_whole_;  ///< the manifest saved or resumed from last
};

}  // namespace unetflow
