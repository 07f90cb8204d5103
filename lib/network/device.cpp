#include "network/device.hpp"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>

#include "core/error.hpp"

namespace unetflow {

at::Device choose_device(const std::string& name) {
  if (name == "cuda" && !at::hasCUDA()) {
    throw InputError("--config at /device",
                     "is \"cuda\", but there is no GPU that LibTorch can use");
  }
  return name == "cuda" || (name == "auto" && at::hasCUDA()) ? at::kCUDA : at::kCPU;
}

bool computes_bfloat16_natively(at::Device device) {
  if (device.is_cuda()) return at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
#ifdef __x86_64__
  // Every processor with AMX has it too.
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

bool chooses_bfloat16(const std::string& precision, at::Device device) {
  return precision == "bfloat16" || (precision == "auto" && computes_bfloat16_natively(device));
}

at::MemoryFormat fastest_layout(at::Device device, bool bfloat16) {
#ifdef __x86_64__
  if (device.is_cpu() && !bfloat16 && !__builtin_cpu_supports("avx512f")) {
    return at::MemoryFormat::Contiguous;
  }
#endif
  return at::MemoryFormat::ChannelsLast;
}

Autocast::Autocast(at::DeviceType device, bool enabled) : device_(device), enabled_(enabled) {
  if (!enabled_) return;
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!enabled_) return;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, false);
}

}  // namespace unetflow
