// Group normalisation (Wu and He 2018) in float32 on a CPU.
#pragma once

#include <ATen/ATen.h>

namespace unetflow {

/// at::group_norm of contiguous [image, channel, y, x], followed by ReLU if asked for, with
/// gradients: two passes each way, the second of a group's channels right after the first. Means
/// and sums have a fixed order, so that bytes depend neither on threads nor on vectors.
at::Tensor group_normalised(const at::Tensor& input, std::int64_t groups, const at::Tensor& scale,
                            const at::Tensor& shift, bool relu);

}  // namespace unetflow
