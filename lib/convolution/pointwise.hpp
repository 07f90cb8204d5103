// Convolutions that are one matrix product: by 1x1 filters, and the transposed ones by 2x2 filters
// with which a U-Net comes up. In float32 on a CPU; each sum has a fixed order, so that bytes
// depend neither on threads nor on vectors, given fused multiply-add.
#pragma once

#include <ATen/ATen.h>

namespace unetflow {

/// at::conv2d of [image, in, y, x] by `weight` [out, in, 1, 1], with gradients.
at::Tensor pointwise_convolution(const at::Tensor& input, const at::Tensor& weight,
                                 const at::Tensor& bias);

/// at::conv_transpose2d with stride 2 of [image, in, y, x] by `weight` [in, out, 2, 2], with
/// gradients: output [image, out, 2 y, 2 x].
at::Tensor up_convolution(const at::Tensor& input, const at::Tensor& weight,
                          const at::Tensor& bias);

/// The sum of each channel of [image, channel, y, x]: a bias's gradient.
at::Tensor channel_sums(const at::Tensor& images);

}  // namespace unetflow
