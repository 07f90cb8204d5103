// What a device has still to compute, on its way to the host.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/Event.h>

#include <optional>

namespace unetflow {

class HostCopy {
 public:
  /// Copies values once the device has computed them, which is not waited for. On a processor they
  /// are there, and share their memory.
  explicit HostCopy(const at::Tensor& values);
  /// Whether values() does not wait.
  bool is_there() const;
  /// The values on the host, in C order. Waits for them.
  const at::Tensor& values() const;

 private:
  at::Tensor values_;
  std::optional<c10::Event> copied_;
};

}  // namespace unetflow
