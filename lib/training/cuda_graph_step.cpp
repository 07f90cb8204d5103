#include "training/cuda_graph_step.hpp"

#include <optional>
#include <utility>
#include <vector>

#ifdef UNETFLOW_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace unetflow {

struct CudaGraphStep::State {
  const Network& network;
  Compute compute;

  State(const Network& network_, Compute compute_)
      : network(network_), compute(std::move(compute_)) {}
#ifdef UNETFLOW_CUDA
  std::optional<at::cuda::CUDAGraph> graph;  // its constructor needs a GPU
  // The graph reads and writes these, always in the same memory.
  at::Tensor input, label, weight, loss;
  std::vector<at::Tensor> gradients;

  void drop_gradients() {
    for (const auto& parameter : network.parameters()) parameter.value.mutable_grad().reset();
  }

  void record(const at::Tensor& first_input, const at::Tensor& first_label,
              const at::Tensor& first_weight) {
    input = first_input.clone();
    label = first_label.clone();
    weight = first_weight.clone();
    // On a stream of its own, after a few rounds in which libraries choose algorithms and allocate.
    const auto stream = c10::cuda::getStreamFromPool(false, input.device().index());
    c10::cuda::device_synchronize();
    {
      const c10::cuda::CUDAStreamGuard guard(stream);
      constexpr int kRounds = 3;
      for (int round = 0; round < kRounds; ++round) {
        compute(input, label, weight);
        drop_gradients();
      }
      c10::cuda::device_synchronize();
      graph.emplace();
      graph->capture_begin();
      loss = compute(input, label, weight).detach();
      graph->capture_end();
    }
    // The parameters had no gradients, so the graph writes them instead of adding to them.
    for (const auto& parameter : network.parameters()) gradients.push_back(parameter.value.grad());
  }

  bool fits(const at::Tensor& given) const { return !graph || given.sizes() == input.sizes(); }
#endif
};

CudaGraphStep::CudaGraphStep(const Network& network, Compute compute)
    : state_(new State(network, std::move(compute))) {}
CudaGraphStep::~CudaGraphStep() = default;
CudaGraphStep::CudaGraphStep(CudaGraphStep&&) noexcept = default;

at::Tensor CudaGraphStep::run(const at::Tensor& input, const at::Tensor& label,
                              const at::Tensor& weight) {
  State& s = *state_;
#ifdef UNETFLOW_CUDA
  if (input.is_cuda() && s.fits(input)) {
    if (!s.graph) s.record(input, label, weight);
    s.input.copy_(input, true);
    s.label.copy_(label, true);
    s.weight.copy_(weight, true);
    s.graph->replay();
    for (size_t i = 0; i < s.gradients.size(); ++i) {
      s.network.parameters()[i].value.mutable_grad() = s.gradients[i];
    }
    return s.loss;
  }
#endif
  return s.compute(input, label, weight);
}

}  // namespace unetflow
