// Which network. Nothing here needs LibTorch.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace unetflow {

/// What a configuration says of the network; the data say the rest.
struct NetworkOptions {
  std::string architecture = "unet";   ///< one of architectures(), see architecture.hpp
  int width = 64;                      ///< channels of the first level, doubled at each pooling
  std::string normalisation = "none";  ///< "group": GroupNorm after each 3x3 convolution
  double dropout = 0;                  ///< probability, at the bottom
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NetworkOptions, architecture, width, normalisation, dropout)

/// All that makes a network; what a model's manifest records.
struct NetworkConfig : NetworkOptions {
  int depth = 4;     ///< poolings by 2 of the U-Net whose tiles it takes; 4 in the paper
  int channels = 1;  ///< of the input
  int classes = 2;   ///< output channel c is class c
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NetworkConfig, architecture, width, normalisation, dropout,
                                   depth, channels, classes)

/// True if each output depends on the whole of its tile, by the statistics that GroupNorm takes
/// over it: such a network must be used on tiles as large as those it was trained on.
inline bool has_tile_statistics(const NetworkOptions& network) {
  return network.normalisation != "none";
}

}  // namespace unetflow
