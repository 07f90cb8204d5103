#include "network/host_copy.hpp"

#include <c10/core/impl/VirtualGuardImpl.h>

namespace unetflow {

HostCopy::HostCopy(const at::Tensor& values) {
  if (values.is_cpu()) {
    values_ = values.contiguous();
    return;
  }
  values_ = at::empty(values.sizes(), values.options().device(at::kCPU).pinned_memory(true));
  values_.copy_(values, /*non_blocking=*/true);
  const c10::Device device = values.device();
  copied_.emplace(device.type());
  copied_->record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
}

bool HostCopy::is_there() const { return !copied_ || copied_->query(); }

const at::Tensor& HostCopy::values() const {
  if (copied_) copied_->synchronize();
  return values_;
}

}  // namespace unetflow
