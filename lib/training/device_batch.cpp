#include "training/device_batch.hpp"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <map>
#include <mutex>

namespace unetflow {
namespace {

/// The first `host.size(0)` samples of `place`, copied there. `used_by` is another stream than that
/// which copies.
at::Tensor copied_to(at::Tensor& place, const at::Tensor& host, const Arithmetic& arithmetic,
                     const c10::Stream& used_by) {
  if (!place.defined() || place.size(0) < host.size(0)) {
    const auto options = host.options().device(arithmetic.device);
    // With strides of the layout: contiguous() leaves those of a single channel as they are, which
    // would not tell the first convolution which layout is meant.
    place = host.dim() == 4 ? at::empty(host.sizes(), options, arithmetic.layout)
                            : at::empty(host.sizes(), options);
    place.record_stream(used_by);
  }
  at::Tensor part = place.narrow(0, 0, host.size(0));
  part.copy_(host, /*non_blocking=*/true);
  return part;
}

/// Pinned memory by LibTorch's allocator.
class PinnedMemory final : public std::pmr::memory_resource {
  void* do_allocate(size_t bytes, size_t) override {
    const at::Tensor memory =
        at::empty({static_cast<std::int64_t>(bytes)}, at::dtype(at::kByte).pinned_memory(true));
    const std::lock_guard lock(mutex_);
    return allocated_.emplace(memory.data_ptr(), memory).first->first;
  }
  void do_deallocate(void* memory, size_t, size_t) override {
    const std::lock_guard lock(mutex_);
    allocated_.erase(memory);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::mutex mutex_;
  std::map<void*, at::Tensor> allocated_;
};

}  // namespace

DeviceBatch BatchUpload::to(const Arithmetic& arithmetic, const Batch& batch) {
  const auto size = batch.size, in = batch.input_size, out = batch.output_size;
  const auto host = [](const auto& values, at::IntArrayRef shape, at::ScalarType type) {
    return at::from_blob(const_cast<void*>(static_cast<const void*>(values.data())), shape,
                         at::dtype(type));
  };
  DeviceBatch moved = {host(batch.input, {size, batch.channels, in, in}, at::kFloat),
                       host(batch.label, {size, out, out}, at::kByte),
                       host(batch.weight, {size, out, out}, at::kFloat)};
  if (arithmetic.device.is_cpu()) {
    moved.input = moved.input.contiguous(arithmetic.layout);
  } else {
    moved = copied(arithmetic, moved);
  }
  moved.label = moved.label.to(at::kLong);
  return moved;
}

DeviceBatch BatchUpload::copied(const Arithmetic& arithmetic, const DeviceBatch& host) {
  const c10::DeviceType type = arithmetic.device.type();
  const c10::impl::VirtualGuardImpl device(type);
  const c10::Stream computes = device.getStream(device.getDevice());
  if (!stream_) {
    stream_ = device.getStreamFromGlobalPool(device.getDevice());
    copied_.emplace(type);
    for (Place& place : places_) place.used.emplace(type);
  }
  places_[current_].used->record(computes);
  current_ = (current_ + 1) % places_.size();
  Place& place = places_[current_];
  DeviceBatch moved;
  {
    const c10::StreamGuard copies(*stream_);
    place.used->block(*stream_);
    moved = {copied_to(place.input, host.input, arithmetic, computes),
             copied_to(place.label, host.label, arithmetic, computes),
             copied_to(place.weight, host.weight, arithmetic, computes)};
    copied_->record(*stream_);
  }
  copied_->block(computes);
  return moved;
}

void BatchUpload::wait() {
  if (copied_) copied_->synchronize();
}

std::pmr::memory_resource& batch_memory(at::Device device) {
  static PinnedMemory pinned;
  return device.is_cpu() ? *std::pmr::get_default_resource() : pinned;
}

}  // namespace unetflow
