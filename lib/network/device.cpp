#include "network/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/words.hpp"
#include "gpu/kernels.hpp"
#include "network/gpu.hpp"

namespace unetflow {

at::Device choose_device(const std::string& name) {
  if (name == "cuda" && !at::hasCUDA()) {
    throw InputError("--config at /device",
                     "is \"cuda\", but there is no GPU that LibTorch can "
                     "use: " +
                         why_no_gpu(gpu_parts()));
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

Arithmetic choose_arithmetic(const std::string& device, const std::string& precision,
                             const std::string& convolution) {
  Arithmetic chosen;
  chosen.device = choose_device(device);
  chosen.bfloat16 = precision == "bfloat16" || (precision == "auto" && chosen.device.is_cuda() &&
                                                computes_bfloat16_natively(chosen.device));
  const bool float32_on_cpu = chosen.device.is_cpu() && !chosen.bfloat16;
  chosen.winograd = float32_on_cpu && convolution == "auto";
  bool contiguous = chosen.winograd;
#ifdef __x86_64__
  contiguous = contiguous || (float32_on_cpu && !__builtin_cpu_supports("avx512f"));
#endif
  if (contiguous) chosen.layout = at::MemoryFormat::Contiguous;
  return chosen;
}

std::vector<std::string> device_lines(const std::string& asked, const Arithmetic& arithmetic,
                                      int threads) {
  const bool cpu = arithmetic.device.is_cpu();
  std::vector<std::string> lines = {
      fmt::format("computes on {} in {}, {}", cpu ? "the processor" : gpu_name(),
                  arithmetic.bfloat16 ? "bfloat16" : "float32", counted(threads, "thread"))};
  if (!cpu && arithmetic.bfloat16 && !why_no_gpu_kernels().empty()) {
    lines.push_back(fmt::format("it computes more slowly than it could, by LibTorch alone: {}",
                                why_no_gpu_kernels()));
  }
  if (asked != "auto" || !cpu) return lines;
  const GpuParts parts = gpu_parts();
  if (parts.device_files) {
    lines.push_back("this machine has a GPU, which is not used: " + why_no_gpu(parts));
  }
  return lines;
}

void configure_libtorch(int threads, const Arithmetic& arithmetic, bool deterministic) {
  at::set_num_threads(threads);
  if (!arithmetic.device.is_cuda()) return;
  at::globalContext().setFloat32MatmulPrecision("high");
  at::globalContext().setDeterministicCuDNN(deterministic);
  // What cuDNN chooses by itself is as fast as what it finds by trying (within 2 % of a step on an
  // H200), and trying takes 10 to 20 s.
  at::globalContext().setBenchmarkCuDNN(false);
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
