// Networks as functions of their parameters. See architecture.hpp for how to add one.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "artifact/safetensors.hpp"
#include "network/device.hpp"
#include "network/network_config.hpp"

namespace unetflow {

/// Masks of dropout that stay in the same memory of the device, so that a recorded forward pass can
/// read them. They are drawn on the host: the same units are dropped as under the key itself.
class DropoutMasks {
 public:
  /// Draws anew, for all layers that have asked.
  void draw(double probability, std::uint64_t key);
  /// What dropped(values, probability, key + number) would be, of the key that was drawn last.
  at::Tensor dropped(const at::Tensor& values, double probability, std::uint64_t number);

 private:
  std::map<std::uint64_t, at::Tensor> masks_;
};

class Network {
 public:
  struct Parameter {
    std::string name;  ///< as in the state_dict of the same network in PyTorch
    at::Tensor value;  ///< float32
  };

  virtual ~Network() = default;
  /// Unnormalised log-probabilities [batch, class, y, x] of images [batch, channel, y, x]. With a
  /// random key, units are dropped by it; without one, none are.
  virtual at::Tensor forward(at::Tensor input, std::optional<std::uint64_t> dropout_key) const = 0;

  const NetworkConfig& config() const { return config_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  /// Moves the parameters to the device and into the memory layout. Images must come in the same
  /// layout, which activations then follow.
  void to(const Arithmetic& arithmetic);
  const Arithmetic& arithmetic() const { return arithmetic_; }
  /// From now on forward passes with a key drop by these masks instead; nullptr: by the key again.
  void drop_by(DropoutMasks* masks) { masks_ = masks; }

 protected:
  /// A convolution by 3x3 kernels with `padding` zeros around.
  at::Tensor convolved(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                       std::int64_t padding = 0) const;
  /// The same and a ReLU after it.
  at::Tensor convolved_relu(const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias, std::int64_t padding = 0) const;
  /// A convolution by 1x1 kernels.
  at::Tensor mixed(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) const;
  /// A transposed convolution by 2x2 kernels, twice as high and wide.
  at::Tensor doubled(const at::Tensor& input, const at::Tensor& weight,
                     const at::Tensor& bias) const;
  /// Group normalisation, then ReLU if asked for.
  at::Tensor group_normalised(const at::Tensor& input, std::int64_t groups, const at::Tensor& scale,
                              const at::Tensor& shift, bool relu) const;
  /// How a parameter's first values are drawn: from (seed, the parameter's number, index) alone, so
  /// that they depend neither on LibTorch nor on threads.
  enum class Draw { kNormal, kUniform, kZeros, kOnes };
  Network(const NetworkConfig& config, std::optional<std::uint64_t> seed)
      : config_(config), seed_(seed) {}
  /// A new parameter; `spread` is the standard deviation or the bound of the values.
  at::Tensor add(const std::string& name, at::IntArrayRef shape, Draw draw, double spread = 0);
  /// `values` with units dropped, if the configuration says so and there is a key. Layers that drop
  /// in one forward pass have different numbers.
  at::Tensor with_dropout(const at::Tensor& values, std::optional<std::uint64_t> key,
                          std::uint64_t number = 0) const;

 private:
  NetworkConfig config_;
  std::optional<std::uint64_t> seed_;
  std::vector<Parameter> parameters_;
  Arithmetic arithmetic_;
  DropoutMasks* masks_ = nullptr;
};

/// `values` with each set to 0 with this probability, drawn under `key`, and the others scaled to
/// keep the mean. The same on every device.
at::Tensor dropped(const at::Tensor& values, double probability, std::uint64_t key);

/// A tensor's values in C order, and back from one that is float32.
Tensor to_plain(const at::Tensor& tensor);
at::Tensor from_plain(const Tensor& tensor);

/// The parameters' values, sharing their memory, without gradients.
std::vector<at::Tensor> values_of(const Network& network);

/// One tensor per parameter, named like it after `prefix`; and back into `values`, of tensors that
/// check_tensors() has passed.
Tensors named(const std::string& prefix, const Network& network,
              const std::vector<at::Tensor>& values);
void set_named(const std::string& prefix, const Network& network,
               const std::vector<at::Tensor>& values, const Tensors& tensors);

/// Tensors with one prefix, of which there is one per parameter.
struct TensorGroup {
  std::string prefix;
  bool squares = false;  ///< none is negative, and some may have become infinite
};

/// Throws InputError(place, ...) naming tensor, what is wrong and what was expected unless there is
/// in each group one tensor per parameter, float32 and of its shape, with finite values, and no
/// tensor besides.
void check_tensors(const Network& network, const std::vector<TensorGroup>& groups,
                   const Tensors& tensors, const std::string& place);
/// The same of one tensor's type and values.
void check_values(const Tensor& tensor, const std::string& name, const std::string& place,
                  bool squares = false);

Tensors weights_of(const Network& network);
/// Throws as check_tensors() does; then the network is unchanged.
void set_weights(Network& network, const Tensors& weights, const std::string& place);

}  // namespace unetflow
