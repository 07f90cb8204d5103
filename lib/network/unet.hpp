// U-Net, Ronneberger et al. 2015: what goes down, crosses over and comes up. Its relatives differ
// in what a block does.
#pragma once

#include <string>
#include <vector>

#include "network/network.hpp"

namespace unetflow {

class UNet : public Network {
 public:
  /// Draws the first weights.
  static std::unique_ptr<Network> make(const NetworkConfig& config,
                                       std::optional<std::uint64_t> seed);
  at::Tensor forward(at::Tensor x, std::optional<std::uint64_t> dropout_key) const override;

 protected:
  /// A convolution's weight and bias and, with normalisation, the scale and shift after it.
  struct Layer {
    at::Tensor weight, bias, scale, shift;
  };
  struct Block {
    std::vector<Layer> layers;
    Layer shortcut;  ///< undefined in a plain U-Net
  };

  UNet(const NetworkConfig& config, std::optional<std::uint64_t> seed) : Network(config, seed) {}
  /// Adds all parameters; to be called once, after construction.
  void build();
  /// Two 3x3 convolutions with Gaussian weights of std sqrt(2 / (9 * incoming channels)); in
  /// PyTorch a Sequential, whose numbers count activations and normalisations too.
  virtual Block add_block(const std::string& name, std::int64_t in, std::int64_t out);
  /// The block's output [batch, channel, y - 4, x - 4]: its convolutions are valid.
  virtual at::Tensor through(const Block& block, at::Tensor x) const;
  /// The same of what was skipped and `x` side by side as channels.
  virtual at::Tensor through_both(const Block& block, const at::Tensor& skipped,
                                  at::Tensor x) const;

  /// A convolution with PyTorch's default biases, uniform within 1 / sqrt(fan-in).
  Layer add_convolution(const std::string& name, at::IntArrayRef shape, Draw draw, double spread,
                        std::int64_t biases);
  /// The normalisation's scale and shift after a layer, if the configuration asks for one.
  void add_normalisation(const std::string& name, Layer& layer);
  /// Followed by ReLU if asked for.
  at::Tensor normalised(const Layer& layer, const at::Tensor& x, bool relu) const;
  /// A layer's convolution, its normalisation, if there is one, and a ReLU.
  at::Tensor activated(const Layer& layer, const at::Tensor& x) const;
  /// The middle part [height, width] of images.
  static at::Tensor cropped(const at::Tensor& x, std::int64_t height, std::int64_t width);

 private:
  std::vector<Block> encoder_, decoder_;
  Block bottleneck_;
  std::vector<Layer> up_;
  Layer prediction_;
};

}  // namespace unetflow
