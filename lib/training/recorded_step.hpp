// A step's forward and backward pass, recorded on a GPU and replayed. Launched one by one, its
// hundreds of kernels keep the processor busy about as long as the GPU; as one CUDA graph they take
// one launch.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>

#include "network/network.hpp"

namespace unetflow {

class RecordedStep {
 public:
  /// A batch on the device -> its loss. Leaves gradients in the parameters, which have none before.
  /// Must not look at values, wait, or copy from the host.
  using Compute = std::function<at::Tensor(const at::Tensor& input, const at::Tensor& label,
                                           const at::Tensor& weight)>;
  RecordedStep(const Network& network, Compute compute);
  ~RecordedStep();
  RecordedStep(RecordedStep&&) noexcept;

  /// As `compute` does. The first batch of a shape is recorded; batches of other shapes, and all
  /// where LibTorch has no CUDA, are computed kernel by kernel. The loss and the gradients are
  /// valid until the next call.
  at::Tensor run(const at::Tensor& input, const at::Tensor& label, const at::Tensor& weight);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
