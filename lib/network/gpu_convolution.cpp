#include "network/gpu_convolution.hpp"

#include <ATen/autocast_mode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/custom_function.h>

#include "gpu/nhwc.hpp"

namespace unetflow {
namespace {

constexpr std::int64_t kGroup = 8;  // of channels, as tensor cores and cuDNN's fused kernels want

std::int64_t filled_up(std::int64_t channels) { return (channels + kGroup - 1) / kGroup * kGroup; }

/// With zeros up to `count` along an axis; images and weights in channels_last.
at::Tensor with_zeros(const at::Tensor& values, std::int64_t axis, std::int64_t count) {
  if (values.size(axis) == count) return values;
  std::vector<std::int64_t> sizes = values.sizes().vec();
  const std::int64_t own = std::exchange(sizes[static_cast<size_t>(axis)], count);
  const auto layout =
      values.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  at::Tensor filled = at::empty(sizes, values.options(), layout).zero_();
  filled.narrow(axis, 0, own).copy_(values);
  return filled;
}

at::Tensor by_cudnn(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                    std::int64_t padding) {
  return at::cudnn_convolution_relu(input, weight, bias, {1, 1}, {padding, padding}, {1, 1}, 1);
}

at::Tensor in_two(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                  std::int64_t padding, bool relu) {
  at::Tensor output = at::conv2d(input, weight, bias, 1, padding);
  return relu ? output.relu_() : output;
}

at::Tensor computed(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                    std::int64_t padding, bool relu) {
  static bool refused = false;  // by this cuDNN on this GPU
  const bool suits = input.is_cuda() && at::globalContext().userEnabledCuDNN() &&
                     weight.size(0) % kGroup == 0 && weight.size(1) % kGroup == 0;
  if (!relu || refused || !suits) return in_two(input, weight, bias, padding, relu);
  try {
    return by_cudnn(input, weight, bias, padding);
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error&) {
    refused = true;
    return in_two(input, weight, bias, padding, relu);
  }
}

struct GpuConvolution : torch::autograd::Function<GpuConvolution> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias, std::int64_t padding,
                            bool relu) {
    // In float32 there are no groups to be filled up.
    const bool fills = input.is_cuda() && input.scalar_type() == at::kBFloat16;
    const std::int64_t in = weight.size(1), out = weight.size(0);
    const std::int64_t all_in = fills ? filled_up(in) : in, all_out = fills ? filled_up(out) : out;
    const at::Tensor images = with_zeros(input, 1, all_in);
    const at::Tensor kernels = with_zeros(with_zeros(weight, 1, all_in), 0, all_out);
    const bool few = fills && in <= kGroup && suits_gpu_kernels_of(input, out) &&
                     weight.size(2) == 3 && weight.size(3) == 3;
    const at::Tensor output =
        few ? gpu_convolution_of_few(input, weight, bias, padding, relu)
            : computed(images, kernels, with_zeros(bias, 0, all_out).to(input.scalar_type()),
                       padding, relu);
    context->save_for_backward({images, kernels, relu ? output : at::Tensor()});
    context->saved_data["padding"] = padding;
    context->saved_data["relu"] = relu;
    context->saved_data["channels"] = std::vector{in, out};
    return out == all_out ? output : output.narrow(1, 0, out);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &images = saved[0], &kernels = saved[1], &output = saved[2];
    const std::int64_t padding = context->saved_data["padding"].toInt();
    const bool relu = context->saved_data["relu"].toBool();
    const auto channels = context->saved_data["channels"].toIntVector();
    const std::int64_t in = channels[0], out = channels[1];
    at::Tensor gradient = with_zeros(gradients[0], 1, kernels.size(0));
    at::Tensor of_bias;
    if (suits_gpu_kernels(gradient)) {
      if (relu) {
        ReluGradient found = gpu_relu_gradient(gradient, output);
        gradient = found.gradient;
        of_bias = found.sums;
      } else {
        of_bias = gpu_channel_sums(gradient).sums;
      }
    } else if (relu) {
      gradient = at::threshold_backward(gradient, output, 0);
    }
    const std::array<std::int64_t, 1> biases = {kernels.size(0)};
    auto [of_input, of_weight, of_bias_too] = at::convolution_backward(
        gradient, images, kernels, biases, {1, 1}, {padding, padding}, {1, 1}, false, {0, 0}, 1,
        {context->needs_input_grad(0), true, !of_bias.defined()});
    if (!of_bias.defined()) of_bias = of_bias_too;
    if (of_input.defined()) of_input = of_input.narrow(1, 0, in);
    return {
        of_input, of_weight.narrow(1, 0, in).narrow(0, 0, out), of_bias.narrow(0, 0, out), {}, {}};
  }
};

/// A transposed convolution by 2x2 kernels, and its output behind other images' channels.
struct UpAndJoin : torch::autograd::Function<UpAndJoin> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& first,
                            const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias) {
    context->save_for_backward({input, weight});
    return gpu_joined(first, at::conv_transpose2d(input, weight, {}, 2), bias);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1];
    const at::Tensor gradient = in_nhwc(gradients[0]);
    const std::int64_t channels = weight.size(1);
    const ChannelSums up = gpu_channel_sums(gradient.narrow(1, channels, channels));
    auto [of_input, of_weight, unused] = at::convolution_backward(
        up.images, input, weight, {}, {2, 2}, {0, 0}, {1, 1}, true, {0, 0}, 1, {true, true, false});
    return {gradient.narrow(1, 0, channels), of_input, of_weight, up.sums};
  }
};

/// As autocast does with a convolution's tensors.
at::Tensor cast(const at::Tensor& values) {
  const auto device = values.device().type();
  return at::autocast::is_autocast_enabled(device)
             ? at::autocast::cached_cast(at::autocast::get_autocast_dtype(device), values, device)
             : values;
}

}  // namespace

bool suits_up_and_join(const at::Tensor& first, const at::Tensor& input, const at::Tensor& weight) {
  return suits_gpu_kernels(first) && suits_gpu_kernels(input) && first.size(1) == weight.size(1);
}

at::Tensor gpu_up_and_join(const at::Tensor& first, const at::Tensor& input,
                           const at::Tensor& weight, const at::Tensor& bias) {
  return UpAndJoin::apply(first, cast(input), cast(weight), bias);
}

at::Tensor gpu_convolution(const at::Tensor& input, const at::Tensor& weight,
                           const at::Tensor& bias, std::int64_t padding, bool relu) {
  return GpuConvolution::apply(cast(input), cast(weight), bias, padding, relu);
}

}  // namespace unetflow
