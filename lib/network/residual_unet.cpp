// Residual U-Net: a shortcut around the two convolutions of each block (He et al. 2016, figure 2;
// in a U-Net: Zhang et al. 2018, "Road Extraction by Deep Residual U-Net", and the residual encoder
// of nnU-Net, Isensee et al. 2024). The convolutions are valid, so the shortcut is cropped by two
// pixels on each side, and sizes are those of the U-Net. Where a block changes the number of
// channels, the shortcut is a 1x1 convolution (He's option B), which keeps the mean square of its
// input; elsewhere it is the identity.
#include <cmath>

#include "network/architecture.hpp"
#include "network/unet.hpp"

namespace unetflow {
namespace {

class ResidualUNet final : public UNet {
 public:
  static std::unique_ptr<Network> make(const NetworkConfig& config,
                                       std::optional<std::uint64_t> seed) {
    auto network = std::unique_ptr<ResidualUNet>(new ResidualUNet(config, seed));
    network->build();
    return network;
  }

 private:
  ResidualUNet(const NetworkConfig& config, std::optional<std::uint64_t> seed)
      : UNet(config, seed) {}

  Block add_block(const std::string& name, std::int64_t in, std::int64_t out) override {
    Block block = UNet::add_block(name, in, out);
    if (in != out) {
      block.shortcut = add_convolution(name + ".shortcut.0", {out, in, 1, 1}, Draw::kNormal,
                                       1 / std::sqrt(static_cast<double>(in)), out);
      add_normalisation(name + ".shortcut.1", block.shortcut);
    }
    return block;
  }

  at::Tensor through(const Block& block, at::Tensor x) const override {
    const Layer &first = block.layers[0], &second = block.layers[1], &shortcut = block.shortcut;
    at::Tensor y = activated(first, x);
    y = normalised(second, convolved(y, second.weight, second.bias), false);
    x = cropped(x, y.size(2), y.size(3));
    if (shortcut.weight.defined()) {
      x = normalised(shortcut, mixed(x, shortcut.weight, shortcut.bias), false);
    }
    return at::relu(x + y);
  }

  /// The shortcut takes both as well.
  at::Tensor through_both(const Block& block, const at::Tensor& skipped,
                          at::Tensor x) const override {
    return through(block, at::cat({skipped, x}, 1));
  }
};

}  // namespace

extern const Architecture kResidualUNet;
const Architecture kResidualUNet{
    .name = "residual_unet",
    .make = ResidualUNet::make,
    .geometry = [](const NetworkConfig& config) { return unet_geometry(config.depth); },
    .check = [](const NetworkOptions&, const std::string&) {},
    .start = set_weights,
    .first_layer = "encoder_blocks.0.0.weight",
    .fixed_order = true,
};

}  // namespace unetflow
