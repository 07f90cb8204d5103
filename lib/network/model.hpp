// A trained model as it comes in: what predicting needs of its artifact, checked.
#pragma once

#include <filesystem>

#include "artifact/manifest.hpp"
#include "artifact/preprocessing.hpp"
#include "artifact/safetensors.hpp"
#include "image/view.hpp"
#include "network/network_config.hpp"

namespace unetflow {

struct Model {
  Manifest manifest;
  NetworkConfig network;
  Index output_size = 0;  ///< px; side of the output tiles that it was trained on
  Preprocessed trained_on;
};

/// What a weights file says of itself, so that it does so without the manifest too.
TensorMetadata weights_metadata(const Json& preprocessing);

/// Throws InputError(FILE at /contents/KEY, ...) unless a manifest of kind "model" describes a
/// network that there is, on tiles that it takes.
Model read_model(const std::filesystem::path& manifest);

/// Where its weights are.
std::filesystem::path weights_file(const Model& model);
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
