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

/// What `precision` means there: "bfloat16", or "auto" where it is native.
bool chooses_bfloat16(const std::string& precision, at::Device device);

/// How four-dimensional tensors are laid out so that convolutions are fastest: channels_last, but
/// for float32 on a processor without AVX-512. There oneDNN's gradient of the weights takes 2.2
/// times as long in it, and a whole step of a U-Net 1.6 times.
at::MemoryFormat fastest_layout(at::Device device, bool bfloat16);

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
