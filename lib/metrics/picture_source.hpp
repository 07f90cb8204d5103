// Where evaluate's pictures come from: shards of this pipeline, or stacks of labels and predictions
// that someone else's tool wrote.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "metrics/evaluate.hpp"

namespace unetflow {

struct PictureSource {
  std::size_t count = 0;
  /// Picture i; throws InputError naming file and page or dataset when it cannot be evaluated. One
  /// thread at a time.
  std::function<PredictedPicture(std::size_t)> read;
  /// The same with the picture's gray values as probabilities; empty where there are no pictures.
  std::function<PredictedPicture(std::size_t)> baseline;
  std::vector<std::filesystem::path> files;  ///< from outside, that it was read from
};

/// Labelled pictures of the "images" manifests among `inputs` for which one of the "predictions"
/// manifests has a prediction in one of the subsets. Subsets are those that the predictions name,
/// so that the folds of a cross-validation may be evaluated together. Throws InputError when a
/// picture is predicted twice or is in no images manifest, or an input is of another kind.
PictureSource predicted_shards(const std::vector<std::filesystem::path>& inputs,
                               const std::vector<std::string>& subsets);

/// Two stacks of equally many pages: each a TIFF or PNG file, a folder of them, a pattern in its
/// last component (natural order), or FILE:DATASET of an HDF5 file. Labels above 0 are foreground,
/// or ids of cells when `instances`. Predictions are probabilities of foreground: 8 bits v / 255,
/// 16 bits v / 65535 (fewer bits: by their own largest value), float as it is. Throws InputError
/// naming file and page where the stacks differ in size or number, or hold what is no label or
/// probability.
PictureSource foreign_stacks(const std::string& labels, const std::string& predictions,
                             bool instances);

}  // namespace unetflow
