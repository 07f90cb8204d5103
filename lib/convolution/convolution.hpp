// The networks' 3x3 convolutions.
#pragma once

#include <ATen/ATen.h>

namespace unetflow {

/// at::conv2d by 3x3 filters with `padding` zeros around, and a ReLU if asked, by Winograd's
/// minimal filtering (see winograd.hpp): about half the time of LibTorch's own in float32 on a CPU.
/// Equal to a direct convolution within float32's rounding, some 1e-6 of the largest output.
/// Gradients are computed the same way. Each sum has a fixed order: bytes depend neither on threads
/// nor on vectors, given fused multiply-add.
at::Tensor winograd_convolution(const at::Tensor& input, const at::Tensor& weight,
                                const at::Tensor& bias, std::int64_t padding, bool relu = false);

/// The same of at::cat({first, second}, 1), which is never made. Either may be the middle of larger
/// images.
at::Tensor winograd_convolution_of_both(const at::Tensor& first, const at::Tensor& second,
                                        const at::Tensor& weight, const at::Tensor& bias,
                                        std::int64_t padding, bool relu = false);

}  // namespace unetflow
