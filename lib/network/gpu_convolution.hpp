// A convolution with its bias, and the ReLU after it if there is one, as a GPU does them fastest,
// where it has operators for that: cuDNN adds the bias and cuts off below zero while it writes the
// output, which would otherwise be read and written twice more; the gradient of the ReLU and that
// of the bias are one pass (gpu/nhwc.hpp); and channels are filled up with zeros to groups of
// eight, which tensor cores want.
#pragma once

#include <ATen/ATen.h>

namespace unetflow {

/// conv2d(input, weight, bias) with `padding` zeros around the input, and relu() of it if asked
/// for.
at::Tensor gpu_convolution(const at::Tensor& input, const at::Tensor& weight,
                           const at::Tensor& bias, std::int64_t padding, bool relu);

/// conv_transpose2d(input, weight, bias) by 2x2 kernels, twice as high and wide, behind the
/// channels of `first`, which is as large, in two passes over memory.
at::Tensor gpu_up_and_join(const at::Tensor& first, const at::Tensor& input,
                           const at::Tensor& weight, const at::Tensor& bias);
/// Whether that can be computed.
bool suits_up_and_join(const at::Tensor& first, const at::Tensor& input, const at::Tensor& weight);

}  // namespace unetflow
