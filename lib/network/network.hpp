// Networks as functions of their parameters. A new architecture is one more file with one subclass,
// named in make_network().
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "artifact/safetensors.hpp"
#include "network/device.hpp"
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
  /// Moves the parameters to the device and lays them out so; pictures are to come in the same
  /// layout, which activations then follow.
  void to(const Arithmetic& arithmetic);
  const Arithmetic& arithmetic() const { return arithmetic_; }

 protected:
  /// A convolution by 3x3 kernels with `padding` zeros around.
  at::Tensor convolved(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                       std::int64_t padding = 0) const;
  /// How a parameter's first values are drawn: by (seed, the parameter's number, index) alone, so
  /// that they depend neither on LibTorch nor on threads.
  enum class Draw { kNormal, kUniform, kZeros, kOnes };
  explicit Network(std::uint64_t seed) : seed_(seed) {}
  /// A new parameter; `spread` is the standard deviation or the bound of the values.
  at::Tensor add(const std::string& name, at::IntArrayRef shape, Draw draw, double spread = 0);

 private:
  std::uint64_t seed_;
  std::vector<Parameter> parameters_;
  Arithmetic arithmetic_;
};

/// The configured network with first values drawn under `seed`, on the CPU.
std::unique_ptr<Network> make_network(const NetworkConfig& config, std::uint64_t seed);
/// U-Net, Ronneberger et al. 2015.
std::unique_ptr<Network> make_unet(const NetworkConfig& config, std::uint64_t seed);
/// FCN-8s, Long et al. 2015: the trunk of VGG-16 (names as torchvision's, fully connected layers as
/// convolutions, all widths scaled by width / 64), scores of pool3, pool4 and fc7, learned
/// upsampling that starts bilinear; scores start at 0. Where the paper pads the picture by 100,
/// layers here pad their inputs by zeros, and the output leaves out the margin of a U-Net's tiles.
std::unique_ptr<Network> make_fcn8s(const NetworkConfig& config, std::uint64_t seed);
/// Starts FCN-8s from VGG-16: "features.*" and, where given, "classifier.0" and "classifier.3".
/// For pictures of one channel the first convolution's weights are summed over RGB. Throws
/// InputError(place, ...) naming a tensor that is missing or of another size or type.
void set_trunk(Network& network, const Tensors& weights, const std::string& place);

/// `values` where a random draw under `key` lets them through, scaled to keep their mean; elsewhere
/// 0. The same on every device.
at::Tensor dropped(const at::Tensor& values, double probability, std::uint64_t key);

/// A tensor's values in C order, and back. Throws InputError(place, ...) naming the tensor unless
/// it is float32.
Tensor to_plain(const at::Tensor& tensor);
at::Tensor from_plain(const Tensor& tensor, const std::string& name, const std::string& place);

/// The parameters' values, sharing their memory, without gradients.
std::vector<at::Tensor> values_of(const Network& network);

/// One tensor a parameter, named as it with `prefix` before, and back into `values`. Throws
/// InputError(place, ...) naming the tensor that is missing or of another shape.
Tensors named(const std::string& prefix, const Network& network,
              const std::vector<at::Tensor>& values);
void set_named(const std::string& prefix, const Network& network,
               const std::vector<at::Tensor>& values, const Tensors& tensors,
               const std::string& place);

Tensors weights_of(const Network& network);
/// Throws InputError(place, ...) as set_named() does, and when there are more tensors than
/// parameters.
void set_weights(Network& network, const Tensors& weights, const std::string& place);

}  // namespace unetflow
