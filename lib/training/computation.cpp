#include "training/computation.hpp"

#include <ATen/Version.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#if __has_include(<torch/headeronly/version.h>)
#include <torch/headeronly/version.h>
#else  // an older LibTorch
#include <torch/version.h>
#endif

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <vector>

#include "convolution/winograd.hpp"
#include "gpu/kernels.hpp"
#include "network/architecture.hpp"
#include "network/gpu.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

constexpr const char* kThreads = "threads";
constexpr const char* kVariables = "environment";
constexpr const char* kInstructions = "instructions";

/// Features of the processor, as Linux names them in /proc/cpuinfo.
std::set<std::string> processor_features() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("flags") && !line.starts_with("Features")) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
  }
  return {};
}

/// The instruction set that LibTorch's kernels use, which a variable may hold down, and those that
/// oneDNN's and our own may use.
std::string instructions() {
  std::string text = at::get_cpu_capability();
  const auto features = processor_features();
  for (const char* feature :
       {"avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "avx_ne_convert", "amx_bf16",
        "amx_fp16", "bf16", "sve", "sve2", "svebf16"}) {
    if (features.contains(feature)) text += fmt::format(" {}", feature);
  }
  return text;
}

/// Variables that change what oneDNN, MKL, OpenMP or CUDA compute, as far as they are set.
Json variables() {
  Json set = Json::object();
  for (const char* name :
       {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ONEDNN_CPU_ISA_HINTS", "DNNL_CPU_ISA_HINTS",
        "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE", "MKL_CBWR",
        "MKL_ENABLE_INSTRUCTIONS", "MKL_DEBUG_CPU_TYPE", "MKL_DYNAMIC", "OMP_DYNAMIC",
        "OMP_THREAD_LIMIT", "NVIDIA_TF32_OVERRIDE", "CUBLAS_WORKSPACE_CONFIG"}) {
    if (const char* value = std::getenv(name)) set[name] = value;
  }
  return set;
}

/// A value in words: "2 threads", "float32", "MKL_CBWR=AVX2".
std::string shown(const std::string& key, const Json& value) {
  if (key == kThreads && value.is_number()) {
    return fmt::format("{} thread{}", value.dump(), value == 1 ? "" : "s");
  }
  if (value.is_null()) return fmt::format("no {}", key);
  if (!value.is_object()) return value.is_string() ? value.get<std::string>() : value.dump();
  if (value.empty()) return "no variables of OpenMP, oneDNN or MKL";
  std::string text;
  for (const auto& [name, set] : value.items()) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name,
                        set.is_string() ? set.get<std::string>() : set.dump());
  }
  return text;
}

/// What makes a run compute so again, where an option or a setting does.
std::string remedy(const std::string& key, const Json& value) {
  if (key == kThreads) return fmt::format("--threads {}", value.dump());
  if (key == "convolution") {
    return fmt::format("--set '/convolution=\"{}\"'", value == "winograd" ? "auto" : "direct");
  }
  if (key == "device" || key == "precision") {
    return fmt::format("--set '/{}={}'", key, value.dump());
  }
  return {};
}

}  // namespace

Json computation_of(const Network& network, int threads) {
  const Arithmetic& arithmetic = network.arithmetic();
  Json computation = {{"device", arithmetic.device.is_cpu() ? "cpu" : "cuda"},
                      {"precision", arithmetic.bfloat16 ? "bfloat16" : "float32"},
                      {"convolution", arithmetic.winograd ? "winograd" : "direct"}};
  if (computes_in_fixed_order(network)) {
    computation[kInstructions] = winograd::fused_multiply_add() ? "fma" : "no fma";
    return computation;
  }
  computation["libtorch"] = TORCH_VERSION;
  computation[kVariables] = variables();
  if (arithmetic.device.is_cpu()) {
    computation[kThreads] = threads;
    computation[kInstructions] = instructions();
  } else {
    computation["gpu"] = gpu_name();
    if (arithmetic.bfloat16) {
      computation["kernels"] = why_no_gpu_kernels().empty() ? "own" : "libtorch";
      computation["multiprocessors"] = multiprocessors();  // a share of the GPU may have fewer
    }
  }
  return computation;
}

std::optional<std::string> other_computation(const Json& begun, const Json& now) {
  if (begun == now) return {};
  std::vector<std::string> before, here, remedies;
  Json keys = begun;
  keys.update(now);
  const auto differs = [&](const std::string& key) {
    return begun.value(key, Json()) != now.value(key, Json());
  };
  // Where one of these differs, another kind of computation asks for other things, too.
  const std::array chosen = {"device", "precision", "convolution"};
  const bool of_another_kind = std::any_of(chosen.begin(), chosen.end(), differs);
  for (const auto& [key, unused] : keys.items()) {
    if (!differs(key)) continue;
    const bool follows = key == kInstructions || !begun.contains(key) || !now.contains(key);
    if (of_another_kind && follows) continue;
    const Json was = begun.value(key, Json()), is = now.value(key, Json());
    before.push_back(shown(key, was));
    here.push_back(shown(key, is));
    const std::string more = remedy(key, was);
    if (!was.is_null() && !more.empty()) remedies.push_back(more);
  }
  const std::string how = remedies.size() == before.size()
                              ? fmt::format("continue it with {}", fmt::join(remedies, " "))
                              : "continue it where it was begun";
  return fmt::format(
      "its training was begun with {}; this run has {}: {}, or remove the folder to "
      "begin again",
      fmt::join(before, ", "), fmt::join(here, ", "), how);
}

}  // namespace unetflow
