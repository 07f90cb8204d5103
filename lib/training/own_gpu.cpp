#include "training/own_gpu.hpp"

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

#include "communication/communicator.hpp"
#include "communication/launch.hpp"

namespace unetflow {

void take_own_gpu(Communicator& processes) {
  if (processes.size() == 1) return;
  const auto hosts = processes.all(host_name());
  const auto own = hosts.begin() + processes.rank();
  const auto before = std::count(hosts.begin(), own, *own);
  if (!at::hasCUDA()) return;
  const c10::impl::VirtualGuardImpl gpus(at::kCUDA);
  const auto count = gpus.deviceCount();
  if (count > 0) gpus.setDevice({at::kCUDA, static_cast<c10::DeviceIndex>(before % count)});
}

}  // namespace unetflow
