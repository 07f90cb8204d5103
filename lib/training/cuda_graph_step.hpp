// A step's forward and backward pass as a CUDA graph. Launched one by one, its hundreds of kernels
// keep the processor busy for about as long as the GPU; the graph takes one launch.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>

#include "network/network.hpp"

namespace unetflow {

class CudaGraphStep {
 public:
  /// A batch on the device -> its loss. Leaves gradients in the parameters, which had none before.
  /// Must not look at values, wait, or copy from the host.
  using Compute = std::function<at::Tensor(const at::Tensor& input, const at::Tensor& label,
                                           const at::Tensor& weight)>;
  CudaGraphStep(const Network& network, Compute compute);
  ~CudaGraphStep();
  CudaGraphStep(CudaGraphStep&&) noexcept;

  /// The same as `compute`. The first batch is recorded; batches of other shapes, and all batches
  /// if LibTorch has no CUDA, are computed kernel by kernel. The loss and the gradients are valid
  /// until the next call.
  at::Tensor run(const at::Tensor& input, const at::Tensor& label, const at::Tensor& weight);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
