// The images that evaluate measures: from shards of this pipeline, or from stacks of labels and
// predictions that another tool wrote.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "metrics/evaluate.hpp"

namespace unetflow {

struct PictureSource {
  std::size_t count = 0;
  /// Image i; throws InputError naming file and page or dataset when it cannot be evaluated. For
  /// one thread at a time.
  std::function<PredictedPicture(std::size_t)> read;
  /// The same with the image's gray values as probabilities; empty where there are no images.
  std::function<PredictedPicture(std::size_t)> baseline;
  std::vector<std::filesystem::path> files;  ///< those from outside that it is read from
};

/// Labelled images of the "images" manifests among `inputs` for which one of the "predictions"
/// manifests has a prediction in one of the subsets. Subsets are those that the predictions name,
/// so that the folds of a cross-validation can be evaluated together. Throws InputError where an
/// image is predicted twice or is in no images manifest, or an input is of another kind.
PictureSource predicted_shards(const std::vector<std::filesystem::path>& inputs,
                               const std::vector<std::string>& subsets);

/// Two stacks of equally many pages, each as PictureFolder::list() takes them: a file, a folder, a
/// pattern, or FILE:DATASET of HDF5. Labels above 0 are foreground, or ids of cells when
/// `instances`. Predictions are probabilities of foreground: 8 bits v / 255, 16 bits v / 65535
/// (fewer bits: by their own largest value), float as it is. Throws InputError naming file and page
/// where the stacks differ in size or number, or have values that are not labels or probabilities.
PictureSource external_stacks(const std::string& labels, const std::string& predictions,
                              bool instances);

}  // namespace unetflow
