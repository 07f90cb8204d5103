#include "network/architecture.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "network/network.hpp"

namespace unetflow {

extern const Architecture kUNet;          // unet.cpp
extern const Architecture kResidualUNet;  // residual_unet.cpp
extern const Architecture kFcn8s;         // fcn8s.cpp

const std::vector<const Architecture*>& architectures() {
  static const std::vector<const Architecture*> all = {&kUNet, &kResidualUNet, &kFcn8s};
  return all;
}

const Architecture& architecture_of(const NetworkOptions& options) {
  std::vector<std::string> names;
  for (const auto* architecture : architectures()) {
    if (options.architecture == architecture->name) return *architecture;
    names.emplace_back(architecture->name);
  }
  throw Error(fmt::format("no network is called \"{}\", expected one of {}", options.architecture,
                          fmt::join(names, ", ")));
}

bool computes_in_fixed_order(const Network& network) {
  return network.arithmetic().winograd && architecture_of(network.config()).fixed_order;
}

std::unique_ptr<Network> make_network(const NetworkConfig& config,
                                      std::optional<std::uint64_t> seed) {
  return architecture_of(config).make(config, seed);
}

NetworkGeometry geometry_of(const NetworkConfig& config) {
  return architecture_of(config).geometry(config);
}

NetworkConfig network_for_tiles(const NetworkOptions& options, Index channels, Index classes,
                                Index input_size, Index output_size, const std::string& place) {
  const Architecture& architecture = architecture_of(options);
  architecture.check(options, place);
  NetworkConfig config{options, unet_depth(input_size, output_size), static_cast<int>(channels),
                       static_cast<int>(classes)};
  const std::string tiles = place + " and its tiles";
  if (config.depth == 0) {
    throw InputError(tiles, fmt::format("there is no U-Net that turns an input of {} into an "
                                        "output of {}; `unetflow-tile` names sizes that fit",
                                        input_size, output_size));
  }
  if (architecture.geometry(config).output_size(input_size) != output_size) {
    check_unet_sizes(config.depth, input_size, output_size, tiles);
  }
  return config;
}

}  // namespace unetflow
