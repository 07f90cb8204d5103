#include "network/unet.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <numeric>

#include "convolution/convolution.hpp"
#include "network/architecture.hpp"
#include "network/max_pool.hpp"

namespace unetflow {
namespace {

/// The middle part [height, width] of images. The gradient of LibTorch's own narrow() is laid out
/// as NCHW whatever the images are, and all that is computed from it has to be transposed then; a
/// padded gradient keeps its layout.
struct Crop : torch::autograd::Function<Crop> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& images,
                            std::int64_t height, std::int64_t width) {
    const auto top = (images.size(2) - height) / 2, left = (images.size(3) - width) / 2;
    context->saved_data["sides"] =
        std::vector{left, images.size(3) - width - left, top, images.size(2) - height - top};
    return images.narrow(2, top, height).narrow(3, left, width);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {at::constant_pad_nd(gradients[0], context->saved_data["sides"].toIntVector()), {}, {}};
  }
};

/// The largest of each 2x2 pixels, in float32 on a CPU.
struct MaxPool : torch::autograd::Function<MaxPool> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& images) {
    context->save_for_backward({images});
    const Index height = images.size(2), width = images.size(3);
    at::Tensor pooled =
        at::empty({images.size(0), images.size(1), height / 2, width / 2}, images.options());
    for_planes(images, [from = images.const_data_ptr<float>(), to = pooled.data_ptr<float>(),
                        height, width](Index i) {
      max_pool(from + i * height * width, height, width, to + i * (height / 2) * (width / 2));
    });
    return pooled;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor images = context->get_saved_variables()[0];
    const at::Tensor of_pooled = gradients[0].contiguous();
    const Index height = images.size(2), width = images.size(3);
    at::Tensor gradient = at::empty_like(images);
    for_planes(
        images, [from = images.const_data_ptr<float>(), given = of_pooled.const_data_ptr<float>(),
                 to = gradient.data_ptr<float>(), height, width](Index i) {
          max_pool_gradient(from + i * height * width, given + i * (height / 2) * (width / 2),
                            height, width, to + i * height * width);
        });
    return {gradient};
  }

 private:
  template <class F>
  static void for_planes(const at::Tensor& images, F f) {
    at::parallel_for(0, images.size(0) * images.size(1), 1,
                     [&](std::int64_t begin, std::int64_t end) {
                       for (Index i = begin; i < end; ++i) f(i);
                     });
  }
};

}  // namespace

std::unique_ptr<Network> UNet::make(const NetworkConfig& config,
                                    std::optional<std::uint64_t> seed) {
  auto network = std::unique_ptr<UNet>(new UNet(config, seed));
  network->build();
  return network;
}

void UNet::build() {
  const int depth = config().depth;
  const auto width = [&](int level) { return std::int64_t{config().width} << level; };
  for (int level = 0; level < depth; ++level) {
    encoder_.push_back(add_block(fmt::format("encoder_blocks.{}", level),
                                 level == 0 ? config().channels : width(level - 1), width(level)));
  }
  bottleneck_ = add_block("bottleneck_block", width(depth - 1), width(depth));
  for (int i = 0; i < depth; ++i) {
    const int level = depth - 1 - i;
    decoder_.push_back(
        add_block(fmt::format("decoder_blocks.{}", i), width(level + 1), width(level)));
  }
  // PyTorch counts a transposed convolution's fan-in by its output channels.
  for (int i = 0; i < depth; ++i) {
    const int level = depth - 1 - i;
    up_.push_back(add_convolution(fmt::format("up_convs.{}", i),
                                  {width(level + 1), width(level), 2, 2}, Draw::kUniform,
                                  1 / std::sqrt(4. * width(level)), width(level)));
  }
  prediction_ = add_convolution("prediction", {config().classes, config().width, 1, 1},
                                Draw::kUniform, 1 / std::sqrt(config().width), config().classes);
}

at::Tensor UNet::forward(at::Tensor x, std::optional<std::uint64_t> dropout_key) const {
  std::vector<at::Tensor> skipped;
  for (const auto& block : encoder_) {
    skipped.push_back(through(block, x));
    x = arithmetic().winograd ? MaxPool::apply(skipped.back().contiguous())
                              : at::max_pool2d(skipped.back(), 2);
  }
  x = with_dropout(through(bottleneck_, x), dropout_key);
  for (size_t i = 0; i < decoder_.size(); ++i) {
    x = doubled(x, up_[i].weight, up_[i].bias);
    x = through_both(decoder_[i], cropped(skipped.back(), x), x);
    skipped.pop_back();
  }
  return mixed(x, prediction_.weight, prediction_.bias);
}

UNet::Block UNet::add_block(const std::string& name, std::int64_t in, std::int64_t out) {
  const int step = has_tile_statistics(config()) ? 3 : 2;  // from one convolution to the next
  Block block;
  for (int number = 0; number < 2; ++number) {
    const int place = number * step;
    const std::int64_t incoming = number == 0 ? in : out;
    Layer layer =
        add_convolution(fmt::format("{}.{}", name, place), {out, incoming, 3, 3}, Draw::kNormal,
                        std::sqrt(2 / (9. * static_cast<double>(incoming))), out);
    add_normalisation(fmt::format("{}.{}", name, place + 1), layer);
    block.layers.push_back(std::move(layer));
  }
  return block;
}

at::Tensor UNet::through(const Block& block, at::Tensor x) const {
  for (const auto& layer : block.layers) x = activated(layer, x);
  return x;
}

at::Tensor UNet::through_both(const Block& block, const at::Tensor& skipped, at::Tensor x) const {
  if (!arithmetic().winograd) return through(block, at::cat({skipped, x}, 1));
  const Layer& first = block.layers[0];
  x = normalised(first, winograd_convolution_of_both(skipped, x, first.weight, first.bias, 0),
                 true);
  for (size_t i = 1; i < block.layers.size(); ++i) x = activated(block.layers[i], x);
  return x;
}

UNet::Layer UNet::add_convolution(const std::string& name, at::IntArrayRef shape, Draw draw,
                                  double spread, std::int64_t biases) {
  const double fan_in = static_cast<double>(shape[1] * shape[2] * shape[3]);
  Layer layer;
  layer.weight = add(name + ".weight", shape, draw, spread);
  layer.bias = add(name + ".bias", {biases}, Draw::kUniform, 1 / std::sqrt(fan_in));
  return layer;
}

void UNet::add_normalisation(const std::string& name, Layer& layer) {
  if (config().normalisation != "group") return;
  layer.scale = add(name + ".weight", {layer.weight.size(0)}, Draw::kOnes);
  layer.shift = add(name + ".bias", {layer.weight.size(0)}, Draw::kZeros);
}

at::Tensor UNet::normalised(const Layer& layer, const at::Tensor& x, bool relu) const {
  if (!layer.scale.defined()) return relu ? x.relu_() : x;
  return group_normalised(x, std::gcd(std::int64_t{8}, x.size(1)), layer.scale, layer.shift, relu);
}

at::Tensor UNet::activated(const Layer& layer, const at::Tensor& x) const {
  if (!layer.scale.defined()) return convolved_relu(x, layer.weight, layer.bias);
  return normalised(layer, convolved(x, layer.weight, layer.bias), true);
}

at::Tensor UNet::cropped(const at::Tensor& x, const at::Tensor& like) {
  return Crop::apply(x, like.size(2), like.size(3));
}

extern const Architecture kUNet;
const Architecture kUNet{
    .name = "unet",
    .make = UNet::make,
    .geometry = [](const NetworkConfig& config) { return unet_geometry(config.depth); },
    .check = [](const NetworkOptions&, const std::string&) {},
    .start = set_weights,
    .first_layer = "encoder_blocks.0.0.weight",
    .fixed_order = true,
};

}  // namespace unetflow
