// The images that evaluate measures, from shards of this pipeline.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "metrics/evaluate.hpp"

namespace unetflow {

struct PictureSource {
  using Read = std::function<PredictedPicture(std::size_t)>;

  std::size_t count = 0;
  /// Image i with the cells that were found in it, where such are given, or else with
  /// probabilities. Throws InputError naming file and page or dataset when it cannot be evaluated.
  /// For one thread at a time.
  Read read;
  Read probabilities;  ///< the same images' probabilities where `read` gives cells; or empty
  Read baseline;       ///< the images' gray values as probabilities; empty without images
  std::vector<std::int64_t> indices = {};  ///< of the images, where they are from shards
  std::size_t unlabelled = 0;              ///< images that were predicted but have no labels
  /// What was taken for what, and what else the user should know, a line each.
  std::vector<std::string> remarks = {};
};

/// Labelled images of the "images" manifests among `inputs` for which the "segments" manifests have
/// cells, or without such manifests the "predictions" manifests probabilities, in one of the
/// subsets. Subsets are those that these manifests name, so that the folds of a cross-validation
/// can be evaluated together. Images that the segments' threshold was chosen on are left out,
/// unless there are no others. Throws InputError where an image is predicted twice or is in no
/// images manifest, or an input is of another kind.
PictureSource predicted_shards(const std::vector<std::filesystem::path>& inputs,
                               const std::vector<std::string>& subsets);

}  // namespace unetflow
