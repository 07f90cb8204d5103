// The loss: cross-entropy, each pixel by its weight. Ronneberger et al. 2015, equation 1, by the
// mean over pixels instead of the sum, as the document has it.
#pragma once

#include <ATen/ATen.h>

namespace unetflow {

/// mean(weight * -log softmax(logits)[label]), computed in float32. logits [batch, class, y, x],
/// label int64 [batch, y, x], weight float32 [batch, y, x].
at::Tensor weighted_cross_entropy(const at::Tensor& logits, const at::Tensor& label,
                                  const at::Tensor& weight);

}  // namespace unetflow
