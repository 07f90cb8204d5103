// Where a training's checkpoints are. Known without LibTorch, so that a run with nothing left to
// train removes what the one before could not.
#pragma once

#include <filesystem>
#include <string>

#include "artifact/manifest.hpp"
#include "core/digest.hpp"

namespace unetflow {

/// What checkpoints say of what is being trained: its stage, revision, configuration and inputs.
/// Without unetflow's version (artifact/identity.hpp), and without the keys of the configuration
/// that training/computation.hpp answers.
inline Manifest checkpoint_identity(Manifest training) {
  training.kind = "checkpoint";
  training.version.clear();
  for (auto& input : training.inputs) input.path = "../../" + input.path;
  for (const char* key : {"device", "precision", "convolution"}) training.config.erase(key);
  return training;
}

/// A training's own folder below `checkpoints`, the folder of all trainings with one output.
inline fs::path checkpoint_place(const fs::path& checkpoints, const Manifest& training) {
  return checkpoints / sha256(to_json(checkpoint_identity(training)).dump()).substr(0, 12);
}

/// The folder of the checkpoints of all trainings that write this model.
inline fs::path checkpoints_of(const fs::path& model) {
  return fs::path(model).replace_filename("checkpoints");
}

}  // namespace unetflow
