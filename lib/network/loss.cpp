#include "network/loss.hpp"

namespace unetflow {

at::Tensor weighted_cross_entropy(const at::Tensor& logits, const at::Tensor& label,
                                  const at::Tensor& weight) {
  const at::Tensor log_probability = at::log_softmax(logits.to(at::kFloat), 1);
  // Unreduced: on a GPU its reductions are not deterministic.
  constexpr std::int64_t none = 0;
  return (weight * at::nll_loss2d(log_probability, label, {}, none)).mean();
}

}  // namespace unetflow
