#include <fmt/format.h>
#include <cmath>

#include <algorithm>
#include <numeric>

#include "network/network.hpp"

namespace unetflow {
namespace {

/// A convolution's weight and bias and, with normalisation, the scale and shift after it.
struct Layer {
  at::Tensor weight, bias, scale, shift;
};
using Block = std::vector<Layer>;

/// The middle part of `x` that is as large as `like`.
at::Tensor cropped(const at::Tensor& x, const at::Tensor& like) {
  const auto height = like.size(2), width = like.size(3);
  return x.narrow(2, (x.size(2) - height) / 2, height).narrow(3, (x.size(3) - width) / 2, width);
}

class UNet final : public Network {
 public:
  UNet(const NetworkConfig& config, std::uint64_t seed) : Network(seed), config_(config) {
    const auto width = [&](int level) { return std::int64_t{config.width} << level; };
    for (int level = 0; level < config.depth; ++level) {
      encoder_.push_back(add_block(fmt::format("encoder_blocks.{}", level),
                                   level == 0 ? config.channels : width(level - 1), width(level)));
    }
    bottleneck_ = add_block("bottleneck_block", width(config.depth - 1), width(config.depth));
    for (int i = 0; i < config.depth; ++i) {
      const int level = config.depth - 1 - i;
      decoder_.push_back(
          add_block(fmt::format("decoder_blocks.{}", i), width(level + 1), width(level)));
    }
    // PyTorch counts a transposed convolution's fan-in by its output channels.
    for (int i = 0; i < config.depth; ++i) {
      const int level = config.depth - 1 - i;
      up_.push_back(add_convolution(fmt::format("up_convs.{}", i),
                                    {width(level + 1), width(level), 2, 2}, Draw::kUniform,
                                    1 / std::sqrt(4. * width(level)), width(level)));
    }
    prediction_ = add_convolution("prediction", {config.classes, config.width, 1, 1},
                                  Draw::kUniform, 1 / std::sqrt(config.width), config.classes);
  }

  at::Tensor forward(at::Tensor x, std::optional<std::uint64_t> dropout_key) const override {
    std::vector<at::Tensor> skipped;
    for (const auto& block : encoder_) {
      skipped.push_back(through(block, x));
      x = at::max_pool2d(skipped.back(), 2);
    }
    x = through(bottleneck_, x);
    if (dropout_key && config_.dropout > 0) x = dropped(x, config_.dropout, *dropout_key);
    for (size_t i = 0; i < decoder_.size(); ++i) {
      x = at::conv_transpose2d(x, up_[i].weight, up_[i].bias, 2);
      x = through(decoder_[i], at::cat({cropped(skipped.back(), x), x}, 1));
      skipped.pop_back();
    }
    return at::conv2d(x, prediction_.weight, prediction_.bias);
  }

 private:
  Layer add_convolution(const std::string& name, at::IntArrayRef shape, Draw draw, double spread,
                        std::int64_t biases) {
    // PyTorch's default for every bias: uniform within 1 / sqrt(fan-in).
    const double fan_in = static_cast<double>(shape[1] * shape[2] * shape[3]);
    Layer layer;
    layer.weight = add(name + ".weight", shape, draw, spread);
    layer.bias = add(name + ".bias", {biases}, Draw::kUniform, 1 / std::sqrt(fan_in));
    return layer;
  }

  /// Two valid 3x3 convolutions with Gaussian weights of std sqrt(2 / (9 * incoming channels)); a
  /// Sequential in PyTorch, whose numbers count activations and normalisations too.
  Block add_block(const std::string& name, std::int64_t in, std::int64_t out) {
    const bool normalised = config_.normalisation == "group";
    Block block;
    for (int number = 0; number < 2; ++number) {
      const int place = number * (normalised ? 3 : 2);
      const std::int64_t incoming = number == 0 ? in : out;
      Layer layer =
          add_convolution(fmt::format("{}.{}", name, place), {out, incoming, 3, 3}, Draw::kNormal,
                          std::sqrt(2 / (9. * static_cast<double>(incoming))), out);
      if (normalised) {
        layer.scale = add(fmt::format("{}.{}.weight", name, place + 1), {out}, Draw::kOnes);
        layer.shift = add(fmt::format("{}.{}.bias", name, place + 1), {out}, Draw::kZeros);
      }
      block.push_back(std::move(layer));
    }
    return block;
  }

  at::Tensor through(const Block& block, at::Tensor x) const {
    for (const auto& layer : block) {
      x = convolved(x, layer.weight, layer.bias);
      if (layer.scale.defined()) {
        const auto groups = std::gcd(std::int64_t{8}, x.size(1));
        x = at::group_norm(x, groups, layer.scale, layer.shift);
      }
      x = at::relu_(x);
    }
    return x;
  }

  NetworkConfig config_;
  std::vector<Block> encoder_, decoder_;
  Block bottleneck_;
  std::vector<Layer> up_;
  Layer prediction_;
};

}  // namespace

std::unique_ptr<Network> make_unet(const NetworkConfig& config, std::uint64_t seed) {
  return std::make_unique<UNet>(config, seed);
}

}  // namespace unetflow
