// Where and how precisely it computes.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/MemoryFormat.h>

#include <string>

namespace unetflow {

/// "auto" is CUDA where there is a GPU. Throws InputError when "cuda" is asked for and there is
/// none.
at::Device choose_device(const std::string& name);

/// Whether the device multiplies bfloat16 in hardware, so that Autocast makes it faster, not
/// slower.
bool computes_bfloat16_natively(at::Device device);

/// How a network computes.
struct Arithmetic {
  at::Device device = at::kCPU;
  bool bfloat16 = false;  ///< convolutions, by Autocast
  bool winograd = false;  ///< 3x3 convolutions by minimal filtering, see convolution.hpp
  /// Of four-dimensional tensors. channels_last is fastest, but for Winograd, and for float32 on a
  /// processor without AVX-512: there oneDNN's gradient of the weights takes 2.2 times as long in
  /// it.
  at::MemoryFormat layout = at::MemoryFormat::ChannelsLast;
};

/// What is fastest among what is asked for. `precision`: "float32", "bfloat16", or "auto", which is
/// bfloat16 where it is native. `convolution`: "direct", or "auto", which is Winograd's in float32
/// on a processor. On a GPU, what stays float32 is multiplied in TF32. Throws InputError as
/// choose_device() does.
Arithmetic choose_arithmetic(const std::string& device, const std::string& precision,
                             const std::string& convolution);

/// Computes in bfloat16 where that is safe, as PyTorch's autocast does, while it lives; parameters
/// stay float32. Does nothing unless `enabled`. Ends after the forward pass: the backward pass
/// follows what was done in it.
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
