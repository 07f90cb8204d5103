#include "training/device_batch.hpp"

namespace unetflow {

DeviceBatch BatchUpload::to(const Arithmetic& arithmetic, const Batch& batch) {
  const auto size = batch.size, in = batch.input_size, out = batch.output_size;
  const at::Device device = arithmetic.device;
  DeviceBatch moved;
  moved.input = copied(device, batch.input.data(), {size, batch.channels, in, in}, at::kFloat)
                    .contiguous(arithmetic.layout);
  moved.label = copied(device, batch.label.data(), {size, out, out}, at::kByte).to(at::kLong);
  moved.weight = copied(device, batch.weight.data(), {size, out, out}, at::kFloat);
  return moved;
}

at::Tensor BatchUpload::copied(at::Device device, const void* values, at::IntArrayRef shape,
                               at::ScalarType type) {
  const at::Tensor host = at::from_blob(const_cast<void*>(values), shape, at::dtype(type));
  if (device.is_cpu()) return host;
  at::Tensor& pinned = buffers_[next_++ % kBuffers];
  if (!pinned.defined() || pinned.sizes() != shape || pinned.scalar_type() != type) {
    pinned = at::empty(shape, at::dtype(type).pinned_memory(true));
  }
  pinned.copy_(host);
  return pinned.to(device, /*non_blocking=*/true);
}

}  // namespace unetflow
