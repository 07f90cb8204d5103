// The family of networks. An architecture is one file that says all that the rest must know of it,
// and one line of the list in architecture.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "artifact/safetensors.hpp"
#include "network/geometry.hpp"
#include "network/network_config.hpp"

namespace unetflow {

class Network;

struct Architecture {
  const char* name;  ///< of /network/architecture
  /// The network on the CPU, with first values drawn under `seed`; without one, for weights to be
  /// set, with zeros.
  std::unique_ptr<Network> (*make)(const NetworkConfig& config, std::optional<std::uint64_t> seed);
  NetworkGeometry (*geometry)(const NetworkConfig& config);
  /// Throws InputError(place at pointer, ...) for an option that this architecture does not have.
  void (*check)(const NetworkOptions& options, const std::string& place);
  /// Sets the weights that training starts from. Throws InputError(place, ...) naming a tensor that
  /// does not fit.
  void (*start)(Network& network, const Tensors& weights, const std::string& place);
  const char* first_layer;  ///< the tensor with the first convolution's filters
  /// In float32 on a CPU, all its sums have a fixed order.
  bool fixed_order = false;
};

const std::vector<const Architecture*>& architectures();
/// The one that `options` names. Throws Error naming those that exist if there is none.
const Architecture& architecture_of(const NetworkOptions& options);

/// Whether what a network computes has the same bytes at any number of threads and with every
/// instruction set that has fused multiply-add.
bool computes_in_fixed_order(const Network& network);

/// Its own make().
std::unique_ptr<Network> make_network(const NetworkConfig& config,
                                      std::optional<std::uint64_t> seed);
NetworkGeometry geometry_of(const NetworkConfig& config);

/// The network of these options for tiles with these channels, classes and sizes. Throws
/// InputError(place at pointer, ...) if there is none, naming the nearest sizes.
NetworkConfig network_for_tiles(const NetworkOptions& options, Index channels, Index classes,
                                Index input_size, Index output_size, const std::string& place);

}  // namespace unetflow
