#include "gpu/kernels.hpp"

#include <fmt/format.h>

#ifdef UNETFLOW_CUDA
#include <ATen/Context.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <array>
#include <map>
#include <mutex>
#endif

#include "core/error.hpp"

namespace unetflow {

#ifdef UNETFLOW_CUDA
extern const char* const kGpuKernels;

namespace {

/// A library that may be missing, and its functions, whose headers may be.
class Library {
 public:
  explicit Library(const std::string& file) : file_(file), handle_(dlopen(file.c_str(), RTLD_NOW)) {
    if (handle_ == nullptr) throw Error("there is no " + file);
  }
  template <class Function>
  Function* get(const char* name) const {
    void* const found = dlsym(handle_, name);
    if (found == nullptr) throw Error(fmt::format("{} has no {}", file_, name));
    return reinterpret_cast<Function*>(found);
  }

 private:
  std::string file_;
  void* handle_;
};

void check(int error, const std::string& what) {
  if (error != 0) throw Error(fmt::format("{}: error {}", what, error));
}

int property(cudaDeviceAttr attribute) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, attribute, c10::cuda::current_device()),
        "cudaDeviceGetAttribute");
  return value;
}

/// The kernels' machine code for this GPU.
std::string compiled() {
  int version = 0;
  check(cudaRuntimeGetVersion(&version), "cudaRuntimeGetVersion");
  const Library nvrtc(fmt::format("libnvrtc.so.{}", version / 1000));
  using Program = void*;
  Program program = nullptr;
  check(nvrtc.get<int(Program*, const char*, const char*, int, const char* const*,
                      const char* const*)>("nvrtcCreateProgram")(&program, kGpuKernels,
                                                                 "kernels.cu", 0, nullptr, nullptr),
        "nvrtcCreateProgram");
  const std::string architecture =
      fmt::format("--gpu-architecture=sm_{}{}", property(cudaDevAttrComputeCapabilityMajor),
                  property(cudaDevAttrComputeCapabilityMinor));
  const std::array<const char*, 2> options = {architecture.c_str(), "--std=c++17"};
  const int error = nvrtc.get<int(Program, int, const char* const*)>("nvrtcCompileProgram")(
      program, static_cast<int>(options.size()), options.data());
  const auto text = [&](const char* size_of, const char* get) {
    size_t size = 0;
    check(nvrtc.get<int(Program, size_t*)>(size_of)(program, &size), size_of);
    std::string bytes(size, '\0');
    check(nvrtc.get<int(Program, char*)>(get)(program, bytes.data()), get);
    return bytes;
  };
  if (error != 0) throw Error(text("nvrtcGetProgramLogSize", "nvrtcGetProgramLog"));
  std::string code = text("nvrtcGetCUBINSize", "nvrtcGetCUBIN");
  nvrtc.get<int(Program*)>("nvrtcDestroyProgram")(&program);
  return code;
}

/// The kernels, loaded on the GPU until the process ends.
class Kernels {
 public:
  Kernels() : driver_("libcuda.so.1"), code_(compiled()) {
    launch_ = driver_.get<Launch>("cuLaunchKernel");
    check(driver_.get<int(void**, const void*)>("cuModuleLoadData")(&module_, code_.data()),
          "cuModuleLoadData");
  }

  void launch(const char* name, Blocks blocks, void** arguments) {
    // A thread of its own, as that of the backward pass, has no context until it asks for one.
    thread_local const int context = cudaSetDevice(c10::cuda::current_device());
    check(context, "cudaSetDevice");
    check(launch_(function(name), blocks.across, blocks.down, 1, kThreadsPerBlock, 1, 1, 0,
                  c10::cuda::getCurrentCUDAStream().stream(), arguments, nullptr),
          name);
  }

 private:
  using Launch = int(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                     void*, void**, void**);

  void* function(const char* name) {
    const std::lock_guard lock(mutex_);  // the backward pass has threads of its own
    void*& found = functions_[name];
    if (found == nullptr) {
      check(driver_.get<int(void**, void*, const char*)>("cuModuleGetFunction")(&found, module_,
                                                                                name),
            name);
    }
    return found;
  }

  Library driver_;
  std::string code_;
  Launch* launch_ = nullptr;
  void* module_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, void*> functions_;
};

struct Loaded {
  std::unique_ptr<Kernels> kernels;
  std::string error;

  Loaded() {
    try {
      at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
      kernels = std::make_unique<Kernels>();
    } catch (const std::exception& failed) {
      const std::string text = failed.what();
      error = text.substr(0, text.find('\n'));
    }
  }
};

Loaded& loaded() {
  static Loaded kernels;
  return kernels;
}

}  // namespace

const std::string& why_no_gpu_kernels() { return loaded().error; }

void launch_kernel(const char* name, Blocks blocks, void** arguments) {
  loaded().kernels->launch(name, blocks, arguments);
}

int multiprocessors() {
  static const int count = property(cudaDevAttrMultiProcessorCount);
  return count;
}
#else
const std::string& why_no_gpu_kernels() {
  static const std::string why = "this program is built without CUDA's headers";
  return why;
}
void launch_kernel(const char* name, Blocks, void**) {
  throw Error(fmt::format("{}: {}", name, why_no_gpu_kernels()));
}
int multiprocessors() { return 1; }
#endif

}  // namespace unetflow
