#include "training/nccl_sum.hpp"

#ifdef UNETFLOW_NCCL
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAStream.h>
#include <nccl.h>

#include "communication/communicator.hpp"
#include "core/error.hpp"
#endif

namespace unetflow {

#ifdef UNETFLOW_NCCL
namespace {

void check(ncclResult_t result) {
  if (result != ncclSuccess) throw Error(std::string("NCCL: ") + ncclGetErrorString(result));
}

class Event {
 public:
  Event() { C10_CUDA_CHECK(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
  ~Event() { (void)cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(cudaStream_t stream) { C10_CUDA_CHECK(cudaEventRecord(event_, stream)); }
  void block(cudaStream_t stream) { C10_CUDA_CHECK(cudaStreamWaitEvent(stream, event_, 0)); }

 private:
  cudaEvent_t event_ = nullptr;
};

class NcclSum final : public ArraySum {
 public:
  NcclSum(Communicator& processes, const std::vector<std::span<float>>& arrays)
      : rank_(processes.rank()),
        arrays_(arrays),
        done_(arrays.size()),
        stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/true)) {
    ncclUniqueId id = {};
    if (processes.is_first()) check(ncclGetUniqueId(&id));
    check(ncclCommInitRank(&all_, processes.size(), processes.first_of(id), rank_));
  }
  ~NcclSum() override { (void)ncclCommAbort(all_); }  // also while others are missed
  NcclSum(const NcclSum&) = delete;
  NcclSum& operator=(const NcclSum&) = delete;

  void start(std::size_t array, const Round& round) override {
    ready_.record(c10::cuda::getCurrentCUDAStream());
    ready_.block(stream_);
    const std::span<float> values = arrays_[array];
    if (rank_ >= round.summands) {
      C10_CUDA_CHECK(cudaMemsetAsync(values.data(), 0, values.size_bytes(), stream_));
    }
    check(ncclAllReduce(values.data(), values.data(), values.size(), ncclFloat32, ncclSum, all_,
                        stream_));
    done_[array].record(stream_);
  }

  void wait(std::size_t array) override { done_[array].block(c10::cuda::getCurrentCUDAStream()); }

 private:
  int rank_;
  std::vector<std::span<float>> arrays_;
  Event ready_;
  std::vector<Event> done_;  // of each array
  c10::cuda::CUDAStream stream_;
  ncclComm_t all_ = nullptr;
};

}  // namespace

std::unique_ptr<ArraySum> make_nccl_sum(Communicator& processes,
                                        const std::vector<std::span<float>>& arrays) {
  return std::make_unique<NcclSum>(processes, arrays);
}
#else
std::unique_ptr<ArraySum> make_nccl_sum(Communicator&, const std::vector<std::span<float>>&) {
  return nullptr;
}
#endif

}  // namespace unetflow
