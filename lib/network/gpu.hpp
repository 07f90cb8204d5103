// What this machine has of a GPU for LibTorch, and what is missing.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace unetflow {

struct Arithmetic;

/// What has to come together before LibTorch can use a GPU. Versions of CUDA are as CUDA counts
/// them: 12040 is 12.4.
struct GpuParts {
  bool device_files = false;         ///< NVIDIA's: there is a GPU
  std::optional<int> libtorch = {};  ///< LibTorch's CUDA; nothing if it is built without
  std::optional<int> driver = {};    ///< the newest that the driver knows; nothing without a driver
  std::string driver_error = {};     ///< what the driver says of its start; empty if that went well
};

GpuParts gpu_parts();

/// Why LibTorch can use no GPU, though some or all of the parts are there: "this LibTorch is built
/// without CUDA".
std::string why_no_gpu(const GpuParts& parts);

/// The first GPU's, which is the one that is used; "unknown" if the driver does not say.
std::string gpu_name();

/// What a user should know of where a network computes: device, precision and threads; and where
/// "auto" was `asked` for and a GPU is there that cannot be used, why.
std::vector<std::string> device_lines(const std::string& asked, const Arithmetic& arithmetic,
                                      int threads);

}  // namespace unetflow
