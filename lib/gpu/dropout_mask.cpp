#include "gpu/dropout_mask.hpp"

#include "gpu/kernels.hpp"

namespace unetflow {

bool draw_mask_on_gpu(const at::Tensor& mask, std::uint64_t key, std::uint64_t threshold) {
  if (!mask.is_cuda() || !mask.is_contiguous() || !why_no_gpu_kernels().empty()) return false;
  const long long count = mask.numel();
  constexpr std::int64_t kWords = 4;  // that a thread draws
  run_kernel("draw_mask", {blocks_of(count, kWords)}, mask.data_ptr(), count,
             static_cast<unsigned long long>(key), static_cast<unsigned long long>(threshold));
  return true;
}

}  // namespace unetflow
