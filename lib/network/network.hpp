// Networks as functions of their parameters. A new architecture is one more file with one subclass,
// named in make_network().
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "artifact/safetensors.hpp"
#include "network/network_config.hpp"

namespace unetflow {

class Network {
 public:
  struct Parameter {
    std::string name;  ///< as in the state_dict of the same network in PyTorch
    at::Tensor value;  ///< float32
  };

  virtual ~Network() = default;
  /// Unnormalised log-probabilities [batch, class, y, x] of pictures [batch, channel, y, x]. With a
  /// random key, units are dropped by it; without one, none are.
  virtual at::Tensor forward(at::Tensor input, std::optional<std::uint64_t> dropout_key) const = 0;

  const std::vector<Parameter>& parameters() const { return parameters_; }
  /// Moves the parameters, four-dimensional ones into the channels_last layout.
  void to(at::Device device);

 protected:
  /// How a parameter's first values are drawn: by (seed, the parameter's number, index) alone, so
  /// that they depend neither on LibTorch nor on threads.
  enum class Draw { kNormal, kUniform, kZeros, kOnes };
  explicit Network(std::uint64_t seed) : seed_(seed) {}
  /// A new parameter; `spread` is the standard deviation or the bound of the values.
  at::Tensor add(const std::string& name, at::IntArrayRef shape, Draw draw, double spread = 0);

 private:
  std::uint64_t seed_;
  std::vector<Parameter> parameters_;
};

/// The configured network with first values drawn under `seed`, on the CPU.
std::unique_ptr<Network> make_network(const NetworkConfig& config, std::uint64_t seed);
/// U-Net, Ronneberger et al. 2015.
std::unique_ptr<Network> make_unet(const NetworkConfig& config, std::uint64_t seed);

/// `values` where a random draw under `key` lets them through, scaled to keep their mean; elsewhere
/// 0. The same on every device.
at::Tensor dropped(const at::Tensor& values, double probability, std::uint64_t key);

/// A tensor's values in C order, and back; only float32.
Tensor to_plain(const at::Tensor& tensor);
at::Tensor from_plain(const Tensor& tensor);

Tensors weights_of(const Network& network);
/// Throws InputError naming the tensor that is missing, superfluous or of another shape.
void set_weights(Network& network, const Tensors& weights, const std::string& place);

/// Computes in bfloat16 where that is safe, as PyTorch's autocast does, while it lives; parameters
/// stay float32. Does nothing unless `enabled`.
class Autocast {
 public:
  Autocast(at::DeviceType device, bool enabled);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool enabled_;
};

/// "auto" is CUDA where there is a GPU. Throws InputError when "cuda" is asked for and there is
/// none.
at::Device choose_device(const std::string& name);

}  // namespace unetflow
