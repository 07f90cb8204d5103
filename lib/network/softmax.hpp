// Probabilities of classes, the same bytes with every instruction set.
#pragma once

#include "core/arithmetic.hpp"

namespace unetflow {

/// Of `count` pixels with logits [class][pixel], planes `plane` apart: the softmax over classes,
/// laid out alike, and ln(sum(exp(logits))) of each pixel unless `log_sum` is nullptr. A pixel with
/// a logit that is not a finite number becomes NaN. To 1e-6; nothing is below e^-86 of the largest.
void softmax(const float* logits, Index classes, Index plane, Index count, float* probability,
             float* log_sum);

}  // namespace unetflow
