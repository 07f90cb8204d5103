#include "network/convolution_relu.hpp"

#include <ATen/autocast_mode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/custom_function.h>

namespace unetflow {
namespace {

/// Tensor cores want channels in groups of 8, and so do cuDNN's fused kernels.
bool suits_cudnn(const at::Tensor& input, const at::Tensor& weight) {
  return input.is_cuda() && at::globalContext().userEnabledCuDNN() && weight.size(0) % 8 == 0 &&
         weight.size(1) % 8 == 0;
}

at::Tensor by_cudnn(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                    std::int64_t padding) {
  return at::cudnn_convolution_relu(input, weight, bias, {1, 1}, {padding, padding}, {1, 1}, 1);
}

at::Tensor in_two(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                  std::int64_t padding) {
  return at::conv2d(input, weight, bias, 1, padding).relu_();
}

at::Tensor computed(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                    std::int64_t padding) {
  static bool refused = false;  // by this cuDNN on this GPU
  if (refused || !suits_cudnn(input, weight)) return in_two(input, weight, bias, padding);
  try {
    return by_cudnn(input, weight, bias, padding);
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error&) {
    refused = true;
    return in_two(input, weight, bias, padding);
  }
}

struct ConvolutionRelu : torch::autograd::Function<ConvolutionRelu> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias,
                            std::int64_t padding) {
    at::Tensor output = computed(input, weight, bias, padding);
    context->save_for_backward({input, weight, output});
    context->saved_data["padding"] = padding;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1], &output = saved[2];
    const std::int64_t padding = context->saved_data["padding"].toInt();
    const at::Tensor before_relu = at::threshold_backward(gradients[0], output, 0);
    const std::array<std::int64_t, 1> biases = {weight.size(0)};
    auto [of_input, of_weight, of_bias] = at::convolution_backward(
        before_relu, input, weight, biases, {1, 1}, {padding, padding}, {1, 1}, false, {0, 0}, 1,
        {context->needs_input_grad(0), true, true});
    return {of_input, of_weight, of_bias, {}};
  }
};

}  // namespace

at::Tensor convolution_relu(const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias, std::int64_t padding) {
  const auto device = input.device().type();
  const auto cast = [&](const at::Tensor& values) {  // as autocast does with a convolution's
    return at::autocast::is_autocast_enabled(device)
               ? at::autocast::cached_cast(at::autocast::get_autocast_dtype(device), values, device)
               : values;
  };
  return ConvolutionRelu::apply(cast(input), cast(weight), cast(bias), padding);
}

}  // namespace unetflow
