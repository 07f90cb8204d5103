// Which network, and its arithmetic of sizes. Nothing here needs LibTorch.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "image/view.hpp"

namespace unetflow {

struct NetworkConfig {
  std::string architecture = "unet";  ///< or "fcn8s"
  /// unet: poolings by 2; 4 in the paper. fcn8s has five, and takes the tiles of such a U-Net.
  int depth = 4;
  int width = 64;                      ///< channels of the first level, doubled at each pooling
  int channels = 1;                    ///< of the pictures
  int classes = 2;                     ///< output channel c is class c
  std::string normalisation = "none";  ///< "group": GroupNorm after each 3x3 convolution; unet only
  double dropout = 0;                  ///< probability, at the bottom
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NetworkConfig, architecture, depth, width, channels, classes,
                                   normalisation, dropout)

/// Side of the output for an input of side `input`; 0 where the network takes no such input.
Index network_output_size(const NetworkConfig& config, Index input);
/// What the input reaches beyond the output on each side, px.
Index network_margin(const NetworkConfig& config);
/// How far in from each side an output depends on where its input ends, px. 0 for a U-Net, whose
/// convolutions are all valid. FCN-8s pads, and sees further than a U-Net's margin; a prediction in
/// which tiles never show leaves this much out of each tile.
Index network_edge(const NetworkConfig& config);
/// True where each output depends on all of its tile, by the means that GroupNorm takes over it:
/// such a network is to be used on tiles as large as those it was trained on.
bool sees_whole_tile(const NetworkConfig& config);
/// Moving the input by this many pixels moves the output and changes nothing else.
Index pooling_stride(const NetworkConfig& config);
/// The smallest output side from `wished` on that the network can make.
Index nearest_output_size(const NetworkConfig& config, Index wished);

/// Throws InputError(place at pointer, ...) naming the nearest valid sizes unless the network takes
/// tiles with these channels, classes and sizes.
void check_network_takes(const NetworkConfig& config, Index channels, Index classes, Index input,
                         Index output, const std::string& place);

}  // namespace unetflow
