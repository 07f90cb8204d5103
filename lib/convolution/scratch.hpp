// Memory that a thread keeps from one loop to the next.
#pragma once

#include <ATen/ATen.h>

#include "core/arithmetic.hpp"

namespace unetflow {

/// What a thread's buffers hold.
enum class Buffer { kFactor, kOtherFactor, kTransformed, kRows, kCount };

/// This thread's memory of at least `size` numbers, whose values mean nothing but are finite. It is
/// kept from call to call: allocating would cost more than some of the work. Loops nest, so that
/// one thread may be in several at once: a block uses both factors, the channel within it
/// coefficients, the row within that rows. So no buffer is asked for again while it is in use.
inline float* scratch(Buffer buffer, Index size) {
  thread_local at::Tensor buffers[static_cast<size_t>(Buffer::kCount)];
  at::Tensor& memory = buffers[static_cast<size_t>(buffer)];
  if (!memory.defined() || memory.numel() < size) memory = at::zeros(size);
  return memory.data_ptr<float>();
}

}  // namespace unetflow
