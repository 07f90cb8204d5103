// A convolution and the ReLU after it as one operator, where there is one: cuDNN adds the bias and
// cuts off below zero while it writes the output, which would otherwise be read and written twice
// more.
#pragma once

#include <ATen/ATen.h>

namespace unetflow {

/// relu(conv2d(input, weight, bias)) with `padding` zeros around the input.
at::Tensor convolution_relu(const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias, std::int64_t padding);

}  // namespace unetflow
