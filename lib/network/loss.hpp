// The loss: cross-entropy weighted pixel by pixel (Ronneberger et al. 2015, equation 1, but the
// mean over pixels instead of the sum), plus soft Dice if asked for.
#pragma once

#include <nlohmann/json.hpp>

namespace at {
class Tensor;
}

namespace unetflow {

struct LossConfig {
  double dice = 0;  ///< weight of 1 - soft Dice (Milletari et al. 2016) beside the cross-entropy
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LossConfig, dice)

/// mean(weight * -log softmax(logits)[label]) + dice * (1 - mean over foreground classes of
/// 2 sum(p y) / (sum(p) + sum(y))), mean and sums over the batch's pixels whose label is not
/// kIgnored; the others' gradients are exactly 0. float32, the same on every run, and on a
/// CPU the same bytes at any number of threads and with every instruction set. logits
/// [batch, class, y, x], label int64 [batch, y, x], weight float32 [batch, y, x].
at::Tensor segmentation_loss(const LossConfig& config, const at::Tensor& logits,
                             const at::Tensor& label, const at::Tensor& weight);

}  // namespace unetflow
