// Kernels of this project for NVIDIA GPUs (kernels.cu). They are compiled at run time by CUDA's own
// compiler library, NVRTC, which comes with LibTorch: so there is no CUDA compiler to install, and
// they always suit the GPU that is there. Where that is not possible LibTorch's are used.
#pragma once

#include <cstdint>
#include <string>

namespace unetflow {

/// What keeps this process from running the kernels, "" if nothing does. Compiles them at the first
/// call, which takes about a second.
const std::string& why_no_gpu_kernels();

/// Blocks of threads, side by side and above each other.
struct Blocks {
  unsigned int across, down = 1;
};
constexpr int kThreadsPerBlock = 256;
/// Enough blocks for `count` things, of which each thread does some.
inline unsigned int blocks_of(std::int64_t count, std::int64_t of_thread = 1) {
  const std::int64_t of_block = kThreadsPerBlock * of_thread;
  return static_cast<unsigned int>((count + of_block - 1) / of_block);
}

/// Launches a kernel on LibTorch's current stream. Throws Error if CUDA refuses.
void launch_kernel(const char* name, Blocks blocks, void** arguments);

/// The same with the kernel's arguments, which must have the very types that it declares.
template <class... Arguments>
void run_kernel(const char* name, Blocks blocks, Arguments... arguments) {
  void* pointers[] = {&arguments...};
  launch_kernel(name, blocks, pointers);
}

/// How many multiprocessors the GPU has.
int multiprocessors();

}  // namespace unetflow
