#include "network/loss.hpp"

#include <ATen/ATen.h>

#include "image/view.hpp"

namespace unetflow {
namespace {

/// Of one class: its probability [batch, y, x], 0 where it is ignored, against its truth, 1 or 0.
at::Tensor soft_dice(const at::Tensor& probability, const at::Tensor& truth) {
  // Makes a class that is neither present nor predicted perfect, and avoids a division by 0.
  constexpr double smallest = 1;
  return (2 * (probability * truth).sum() + smallest) /
         (probability.sum() + truth.sum() + smallest);
}

}  // namespace

at::Tensor segmentation_loss(const LossConfig& config, const at::Tensor& logits,
                             const at::Tensor& label, const at::Tensor& weight) {
  const at::Tensor log_probability = at::log_softmax(logits.to(at::kFloat), 1);
  const at::Tensor annotated = label.ne(kIgnored).to(at::kFloat);
  const at::Tensor pixels = annotated.sum().clamp_min(1);
  // Not reduced by LibTorch, whose reductions of it are not deterministic on a GPU.
  constexpr std::int64_t none = 0;
  at::Tensor loss =
      (weight * at::nll_loss2d(log_probability, label, {}, none, kIgnored)).sum() / pixels;
  const std::int64_t classes = logits.size(1);
  for (std::int64_t c = 1; c < classes && config.dice > 0; ++c) {
    const at::Tensor probability = log_probability.select(1, c).exp() * annotated;
    const at::Tensor dice = soft_dice(probability, label.eq(c).to(at::kFloat));
    loss = loss + config.dice / static_cast<double>(classes - 1) * (1 - dice);
  }
  return loss;
}

}  // namespace unetflow
