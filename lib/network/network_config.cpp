#include "network/network_config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "sample/tile_grid.hpp"

namespace unetflow {
namespace {

bool is_unet(const NetworkConfig& config) { return config.architecture == "unet"; }

/// How far a pixel of FCN-8s's output sees, px: the layers gone through from the last to the first,
/// for each of the pixels that the poolings treat differently.
Index fcn8s_reach() {
  constexpr Index poolings = 1 << 5;
  Index reach = 0;
  for (Index pixel = 100 * poolings; pixel < 101 * poolings; ++pixel) {
    Index first = pixel, last = pixel;     // of what the pixel depends on, at each layer's scale
    for (const Index scale : {8, 2, 2}) {  // transposed convolutions twice as wide as their stride
      first = (first + scale / 2) / scale - 1;
      last = (last + scale / 2) / scale;
    }
    first -= 3;  // fc6, 7 wide
    last += 3;
    for (const Index convolutions : {3, 3, 3, 2, 2}) {
      first = 2 * first - convolutions;
      last = 2 * last + 1 + convolutions;
    }
    reach = std::max({reach, pixel - first, last - pixel});
  }
  return reach;
}

}  // namespace

Index network_output_size(const NetworkConfig& config, Index input) {
  if (is_unet(config)) return unet_output_size(input, config.depth);
  return std::max<Index>(input - 2 * network_margin(config), 0);
}

Index network_margin(const NetworkConfig& config) {
  const Index input = nearest_unet_input_sizes(1, config.depth).second;
  return (input - unet_output_size(input, config.depth)) / 2;
}

Index network_edge(const NetworkConfig& config) {
  return is_unet(config) ? 0 : std::max<Index>(fcn8s_reach() - network_margin(config), 0);
}

bool sees_whole_tile(const NetworkConfig& config) { return config.normalisation != "none"; }

Index pooling_stride(const NetworkConfig& config) {
  return Index{1} << (is_unet(config) ? config.depth : 5);
}

Index nearest_output_size(const NetworkConfig& config, Index wished) {
  if (!is_unet(config)) return std::max<Index>(wished, 1);
  const Index margin = network_margin(config);
  return nearest_unet_input_sizes(wished + 2 * margin, config.depth).second - 2 * margin;
}

void check_network_takes(const NetworkConfig& config, Index channels, Index classes, Index input,
                         Index output, const std::string& place) {
  if (channels != config.channels) {
    throw InputError(place + " at /network/channels",
                     fmt::format("is {}, but the tiles have {}", config.channels, channels));
  }
  if (classes != config.classes) {
    throw InputError(place + " at /network/classes",
                     fmt::format("is {}, but the tiles have {}", config.classes, classes));
  }
  if (!is_unet(config) && config.normalisation != "none") {
    throw InputError(place + " at /network/normalisation",
                     fmt::format("is \"{}\", but FCN-8s has none", config.normalisation));
  }
  if (is_unet(config))
    check_tile_sizes({input, output, 1, config.depth, {}}, place + " and its tiles");
  if (output <= 0 || network_output_size(config, input) != output) {
    throw InputError(place + " at /network/depth",
                     fmt::format("is {}, so the network turns an input of {} into an output of {}, "
                                 "but the tiles have {}",
                                 config.depth, input, network_output_size(config, input), output));
  }
}

}  // namespace unetflow
