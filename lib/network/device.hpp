// Where a network computes, and how precisely.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/MemoryFormat.h>

#include <string>

namespace unetflow {

/// "auto" is CUDA if there is a GPU. Throws InputError if "cuda" is asked for and there is none.
at::Device choose_device(const std::string& name);

/// Whether the device multiplies bfloat16 in hardware, so that Autocast makes it faster, not
/// slower.
bool computes_bfloat16_natively(at::Device device);

/// How a network computes.
struct Arithmetic {
  at::Device device = at::kCPU;
  bool bfloat16 = false;  ///< convolutions, by Autocast
  bool winograd = false;  ///< 3x3 convolutions by Winograd's algorithm, see convolution.hpp
  /// Of four-dimensional tensors. channels_last is fastest, with two exceptions: Winograd, and
  /// float32 on a processor without AVX-512, where oneDNN's gradient of the weights takes 2.2 times
  /// as long in it.
  at::MemoryFormat layout = at::MemoryFormat::ChannelsLast;
};

/// The fastest of what is asked for. `precision`: "float32", "bfloat16", or "auto", which is
/// float32 on a processor and bfloat16 on a GPU that has it in hardware. `convolution`: "direct",
/// or "auto", which is Winograd in float32 on a processor. Throws InputError as choose_device()
/// does.
Arithmetic choose_arithmetic(const std::string& device, const std::string& precision,
                             const std::string& convolution);

/// Sets what LibTorch keeps for the whole process: its number of threads, and on a GPU that float32
/// products are computed in TF32, and how cuDNN chooses among its convolutions: it times them once
/// for each shape, or, if `deterministic`, takes only those that give the same bytes in every run.
void configure_libtorch(int threads, const Arithmetic& arithmetic, bool deterministic);

/// While it lives, operations for which that is safe compute in bfloat16, as in PyTorch's autocast;
/// parameters stay float32. Does nothing unless `enabled`. It should end after the forward pass:
/// the backward pass follows what was done there.
class Autocast {
 public:
  Autocast(at::DeviceType device, bool enabled);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool enabled_;
};

}  // namespace unetflow
