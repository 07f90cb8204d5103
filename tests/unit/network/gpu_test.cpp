#include "network/gpu.hpp"

#include <ATen/Context.h>
#include <gmock/gmock.h>

#include "network/device.hpp"

namespace unetflow {
namespace {

TEST(WhyNoGpu, TellsApartWhatIsMissing) {
  EXPECT_EQ(why_no_gpu({.driver = 13000}), "this LibTorch is built without CUDA");
  EXPECT_EQ(why_no_gpu({.libtorch = 13000}), "there is no NVIDIA driver (libcuda.so.1)");
  EXPECT_EQ(why_no_gpu({.libtorch = 13010, .driver = 12040}),
            "the NVIDIA driver is too old: it knows CUDA 12.4, this LibTorch needs 13.1");
  EXPECT_EQ(why_no_gpu({.libtorch = 12080, .driver = 12040, .driver_error = "no device"}),
            "the NVIDIA driver says: no device");
}

TEST(GpuParts, AreAllThereWhereLibTorchHasAGpu) {
  const GpuParts parts = gpu_parts();
  if (at::hasCUDA()) {
    EXPECT_TRUE(parts.libtorch && parts.driver);
    EXPECT_EQ(parts.driver_error, "");
    EXPECT_NE(gpu_name(), "unknown");
  } else {
    EXPECT_FALSE(parts.libtorch && parts.driver && parts.driver_error.empty());
  }
}

TEST(DeviceLines, SayDevicePrecisionAndThreads) {
  EXPECT_EQ(device_lines("cpu", {}, 2).front(), "computes on the processor in float32, 2 threads");
  EXPECT_EQ(device_lines("auto", {.bfloat16 = true}, 1).front(),
            "computes on the processor in bfloat16, 1 thread");
}

}  // namespace
}  // namespace unetflow
