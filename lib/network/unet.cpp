#include "network/unet.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <numeric>

#include "convolution/convolution.hpp"
#include "gpu/nhwc.hpp"
#include "network/architecture.hpp"
#include "network/gpu_convolution.hpp"
#include "network/max_pool.hpp"

namespace unetflow {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Where the middle part of images begins, and how large it is.
struct Part {
  Index top, left, height, width;

  Part(const at::Tensor& images, Index height_px, Index width_px)
      : top((images.size(2) - height_px) / 2),
        left((images.size(3) - width_px) / 2),
        height(height_px),
        width(width_px) {}
  at::Tensor of(const at::Tensor& images) const {
    return images.narrow(2, top, height).narrow(3, left, width);
  }
};

/// The middle part [height, width] of images. The gradient of LibTorch's own narrow() is laid out
/// as NCHW whatever the images are, and all that is computed from it has to be transposed then; a
/// padded gradient keeps its layout.
struct Crop : torch::autograd::Function<Crop> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& images, Index height,
                            Index width) {
    const Part part(images, height, width);
    context->saved_data["sides"] = std::vector{part.left, images.size(3) - width - part.left,
                                               part.top, images.size(2) - height - part.top};
    return part.of(images);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    return {at::constant_pad_nd(gradients[0], context->saved_data["sides"].toIntVector()), {}, {}};
  }
};

/// The largest of each 2x2 pixels, and the middle part [height, width], in float32 on a CPU or
/// where there are kernels of our own for a GPU. As one operation, whose gradients are written in
/// one pass over memory.
struct PoolAndCrop : torch::autograd::Function<PoolAndCrop> {
  static variable_list forward(AutogradContext* context, const at::Tensor& images,
                               Index middle_height, Index middle_width) {
    context->save_for_backward({images});
    const Index height = images.size(2), width = images.size(3);
    const at::Tensor middle = Part(images, middle_height, middle_width).of(images);
    if (images.is_cuda()) return {gpu_max_pool(images), middle};
    at::Tensor pooled =
        at::empty({images.size(0), images.size(1), height / 2, width / 2}, images.options());
    for_planes(images, [from = images.const_data_ptr<float>(), to = pooled.data_ptr<float>(),
                        height, width](Index i) {
      max_pool(from + i * height * width, height, width, to + i * (height / 2) * (width / 2));
    });
    return {pooled, middle};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor images = context->get_saved_variables()[0];
    if (images.is_cuda()) {
      const Part part(images, gradients[1].size(2), gradients[1].size(3));
      return {
          gpu_max_pool_gradient(images, gradients[0], gradients[1], part.top, part.left), {}, {}};
    }
    const at::Tensor of_pooled = gradients[0].contiguous(), of_middle = gradients[1].contiguous();
    const Index height = images.size(2), width = images.size(3);
    const Part part(images, of_middle.size(2), of_middle.size(3));
    at::Tensor gradient = at::empty_like(images);
    for_planes(images, [&, from = images.const_data_ptr<float>(), to = gradient.data_ptr<float>(),
                        pooled = of_pooled.const_data_ptr<float>(),
                        middle = of_middle.const_data_ptr<float>()](Index i) {
      max_pool_gradient(
          from + i * height * width, pooled + i * (height / 2) * (width / 2),
          {middle + i * part.height * part.width, part.top, part.left, part.height, part.width},
          height, width, to + i * height * width);
    });
    return {gradient, {}, {}};
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

/// The side of what comes up to a block, given that of its pooled output and the blocks below, the
/// bottleneck included. Each takes 4 pixels.
Index side_from_below(Index pooled, Index blocks) {
  const Index through = pooled - 4;
  return 2 * (blocks == 1 ? through : side_from_below(through / 2, blocks - 1) - 4);
}

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
  for (size_t level = 0; level < encoder_.size(); ++level) {
    x = through(encoder_[level], x);
    const auto below = std::ssize(encoder_) - static_cast<Index>(level);
    const auto side = [&](int axis) { return side_from_below(x.size(axis) / 2, below); };
    const bool on_gpu = suits_gpu_kernels(x) && x.size(2) % 2 == 0 && x.size(3) % 2 == 0;
    if (arithmetic().winograd || on_gpu) {
      const auto both = PoolAndCrop::apply(on_gpu ? in_nhwc(x) : x.contiguous(), side(2), side(3));
      x = both[0];
      skipped.push_back(both[1]);
    } else {
      skipped.push_back(cropped(x, side(2), side(3)));
      x = at::max_pool2d(x, 2);
    }
  }
  x = with_dropout(through(bottleneck_, x), dropout_key);
  for (size_t i = 0; i < decoder_.size(); ++i) {
    const Layer& up = up_[i];
    if (suits_up_and_join(skipped.back(), x, up.weight)) {
      x = through(decoder_[i], gpu_up_and_join(skipped.back(), x, up.weight, up.bias));
    } else {
      x = through_both(decoder_[i], skipped.back(), doubled(x, up.weight, up.bias));
    }
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
  const bool normalises = first.scale.defined();
  x = winograd_convolution_of_both(skipped, x, first.weight, first.bias, 0, !normalises);
  if (normalises) x = normalised(first, x, true);
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

at::Tensor UNet::cropped(const at::Tensor& x, std::int64_t height, std::int64_t width) {
  return Crop::apply(x, height, width);
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
