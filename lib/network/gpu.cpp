#include "network/gpu.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <filesystem>

namespace unetflow {
namespace {

/// The driver is asked itself, as it is there wherever there is a GPU; CUDA's headers are not.
template <class Function>
Function* of_driver(const char* name) {
  static void* const driver = dlopen("libcuda.so.1", RTLD_LAZY);
  return driver == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(driver, name));
}

/// Nothing unless the function is there and succeeds.
std::optional<int> asked(int (*version)(int*)) {
  int value = 0;
  if (version == nullptr || version(&value) != 0) return {};
  return value;
}

std::string shown(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

}  // namespace

GpuParts gpu_parts() {
  GpuParts parts;
  // On Windows' Linux the GPU is behind another file.
  for (const char* file : {"/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"}) {
    std::error_code ignored;
    parts.device_files = parts.device_files || std::filesystem::exists(file, ignored);
  }
  // LibTorch for CUDA has brought CUDA's runtime library along.
  parts.libtorch =
      asked(reinterpret_cast<int (*)(int*)>(dlsym(RTLD_DEFAULT, "cudaRuntimeGetVersion")));
  parts.driver = asked(of_driver<int(int*)>("cuDriverGetVersion"));
  if (const auto start = of_driver<int(unsigned)>("cuInit")) {
    const int error = start(0);
    const auto text_of = of_driver<int(int, const char**)>("cuGetErrorString");
    const char* text = nullptr;
    if (error != 0) {
      const bool named = text_of != nullptr && text_of(error, &text) == 0 && text != nullptr;
      parts.driver_error = named ? text : fmt::format("error {}", error);
    }
  }
  return parts;
}

std::string why_no_gpu(const GpuParts& parts) {
  if (!parts.libtorch) return "this LibTorch is built without CUDA";
  if (!parts.driver) return "there is no NVIDIA driver (libcuda.so.1)";
  if (*parts.driver / 1000 < *parts.libtorch / 1000) {
    return fmt::format("the NVIDIA driver is too old: it knows CUDA {}, this LibTorch needs {}",
                       shown(*parts.driver), shown(*parts.libtorch));
  }
  if (!parts.driver_error.empty()) return "the NVIDIA driver says: " + parts.driver_error;
  return "LibTorch finds none, though the NVIDIA driver has started";
}

std::string gpu_name() {
  const auto start = of_driver<int(unsigned)>("cuInit");
  const auto get = of_driver<int(int*, int)>("cuDeviceGet");
  const auto name = of_driver<int(char*, int, int)>("cuDeviceGetName");
  int device = 0;
  std::array<char, 256> text = {};
  const bool named = start != nullptr && get != nullptr && name != nullptr && start(0) == 0 &&
                     get(&device, 0) == 0 &&
                     name(text.data(), static_cast<int>(text.size()) - 1, device) == 0;
  return named ? text.data() : "unknown";
}

}  // namespace unetflow
