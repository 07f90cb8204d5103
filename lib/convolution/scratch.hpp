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
  struct Memory {
    at::Tensor tensor;
    float* values = nullptr;
    Index size = 0;
  };
  thread_local Memory buffers[static_cast<size_t>(Buffer::kCount)];
  Memory& memory = buffers[static_cast<size_t>(buffer)];
  if (memory.size < size) {
    memory.tensor.reset();  // first, so that its room can be part of the larger one's
    memory.tensor = at::zeros(size);
    memory.values = memory.tensor.data_ptr<float>();
    memory.size = size;
  }
  return memory.values;
}

}  // namespace unetflow
