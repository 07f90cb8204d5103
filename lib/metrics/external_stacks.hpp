// Stacks of labels and predictions that another tool wrote, for evaluate.
#pragma once

#include <optional>
#include <string>

#include "ingest/picture_folder.hpp"
#include "metrics/picture_source.hpp"
#include "metrics/stack_meaning.hpp"

namespace unetflow {

struct ExternalStacks {
  std::string labels, predictions;
  std::optional<Meaning> labels_are, predictions_are;  ///< none: by their contents
  std::optional<std::int64_t> ignored;  ///< the label of pixels that are not annotated
  /// Of predictions with a channel per class the one of background, else its value in masks.
  std::optional<Index> background = {};
  std::string label_axes = {}, axes = {};  ///< of labels and predictions, as ingest takes them

  StatedAxes stated_label_axes() const { return {label_axes, "--label-axes TYX"}; }
  StatedAxes stated_axes() const { return {axes, "--axes TYX"}; }
};

/// Both stacks are what PictureFolder::list() takes: a file, a folder, a pattern, or FILE:DATASET
/// of HDF5; predictions also a segments manifest. Labels and predictions are
/// joined by name. Labels are a mask (above 0 is foreground), ids of cells, or classes. Labels,
/// masks and ids may be colours. Probabilities are of foreground: 8 bits v / 255, 16 bits v / 65535
/// (fewer bits: by their own largest value), float as it is; or of each class, as
/// class_probabilities() takes them. Throws InputError naming file and page
/// where the stacks do not fit together, or have values that are not what they are stated to be.
PictureSource external_stacks(const ExternalStacks& given);

}  // namespace unetflow
