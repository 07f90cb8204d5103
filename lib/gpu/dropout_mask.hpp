// Dropout's masks, drawn on the GPU: the host takes as long for one as the GPU does for a step.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace unetflow {

/// Fills a mask of bytes, in C order: 0 where a value's random word under the key, one of 32 bits,
/// is below the threshold, else 1. False, and nothing is done, where our kernels cannot be run.
bool draw_mask_on_gpu(const at::Tensor& mask, std::uint64_t key, std::uint64_t threshold);

}  // namespace unetflow
