#include "training/recorder.hpp"

#ifdef UNETFLOW_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <optional>
#endif

namespace unetflow {

#ifdef UNETFLOW_CUDA
namespace {

class CudaGraph final : public Recorder {
 public:
  void record(const std::function<void()>& work, const std::function<void()>& forget) override {
    const auto stream = c10::cuda::getStreamFromPool();
    c10::cuda::device_synchronize();
    const c10::cuda::CUDAStreamGuard guard(stream);
    constexpr int kRounds = 3;
    for (int round = 0; round < kRounds; ++round) {
      work();
      forget();
    }
    c10::cuda::device_synchronize();
    // The graph has memory of its own, and must not find the rest of the GPU's kept for these
    // rounds: nothing can be freed while it is recorded.
    c10::cuda::CUDACachingAllocator::emptyCache();
    graph_.emplace();
    // Other threads may call CUDA meanwhile: those that make batches, and NCCL's.
    graph_->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      abandon();
      throw;
    }
    graph_->capture_end();
    c10::cuda::device_synchronize();
  }

  void replay() override { graph_->replay(); }

 private:
  /// Ends what was begun, so that the stream can be used again.
  void abandon() {
    try {
      graph_->capture_end();
    } catch (const std::exception&) {  // says again that the recording has failed
    }
    graph_.reset();
  }

  std::optional<at::cuda::CUDAGraph> graph_;  // its constructor needs a GPU
};

}  // namespace

std::unique_ptr<Recorder> make_cuda_graph() { return std::make_unique<CudaGraph>(); }
#else
std::unique_ptr<Recorder> make_cuda_graph() { return nullptr; }
#endif

}  // namespace unetflow
