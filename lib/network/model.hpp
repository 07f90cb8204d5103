// A trained model as it comes in: what predicting needs of its artifact, checked.
#pragma once

#include <filesystem>
#include <optional>

#include "artifact/manifest.hpp"
#include "artifact/preprocessing.hpp"
#include "artifact/safetensors.hpp"
#include "image/view.hpp"
#include "network/network_config.hpp"
#include "segmentation/segment.hpp"

namespace unetflow {

struct Model {
  Manifest manifest;              ///< empty of one that is a single file
  std::filesystem::path weights;  ///< the file that they are in
  NetworkConfig network;
  Index output_size = 0;  ///< px; side of the output tiles that it was trained on
  Preprocessed trained_on;
  int rim = 0;  ///< px; 0: classes are kinds of cells, else rim and core (sample/rim_and_core.hpp)
  std::optional<SegmentRule> rule = {};  ///< how cells are made, where that was chosen
};

/// What a weights file says of itself, so that it does so without the manifest too.
TensorMetadata weights_metadata(const Json& preprocessing);

/// Throws InputError(FILE at /contents/KEY, ...) unless a manifest of kind "model" describes a
/// network that there is, on tiles that it takes.
Model read_model(const std::filesystem::path& manifest);

/// What a file says that holds all that predicting needs: the network, its preprocessing, how cells
/// are made, and what it was made from.
TensorMetadata exported_metadata(const Model& model);
/// The first three of these, as its manifest says them.
Json exported_contents(const Model& model);
/// Such a file. Throws InputError(FILE, ...) if it is not one; its weights are not read yet.
Model read_exported_model(const std::filesystem::path& file);

/// The weights of the network. Throws InputError(FILE, ...) if the file is not the one that the
/// manifest names, if its first convolution is of another network, or if it says otherwise than the
/// manifest what it was trained on.
Tensors read_weights(const Model& model);

/// Weights that another network may start from, and what they say that they were trained on.
struct StartWeights {
  Tensors tensors;
  Preprocessed trained_on;
};

/// If there is a manifest beside the file that names it, as beside a model's, its digest is
/// verified. Throws InputError(FILE, ...).
StartWeights read_start_weights(const std::filesystem::path& file);

}  // namespace unetflow
