// A batch's way from the memory of the flow graph to the device that trains.
#pragma once

#include <ATen/ATen.h>

#include <array>

#include "flow/batch.hpp"
#include "network/device.hpp"

namespace unetflow {

struct DeviceBatch {
  at::Tensor input;   ///< float32 [sample, channel, y, x]
  at::Tensor label;   ///< int64 [sample, y, x]
  at::Tensor weight;  ///< float32 [sample, y, x]
};

/// Copies batches to a GPU without waiting, through pinned buffers that are allocated once; on a
/// processor, input and weight share the batch's memory.
class BatchUpload {
 public:
  DeviceBatch to(const Arithmetic& arithmetic, const Batch& batch);

 private:
  at::Tensor copied(at::Device device, const void* values, at::IntArrayRef shape,
                    at::ScalarType type);
  // Three tensors per batch, two batches deep: a buffer is written again only when the copy from it
  // has long been waited for.
  static constexpr size_t kBuffers = 6;
  std::array<at::Tensor, kBuffers> buffers_;
  size_t next_ = 0;
};

}  // namespace unetflow
