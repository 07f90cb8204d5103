#include "network/softmax.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/softmax.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/deterministic_math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Of as many pixels as `d` has lanes.
template <class D>
HWY_INLINE void SoftmaxOfVector(D d, const float* logits, Index classes, Index plane,
                                float* probability, float* log_sum) {
  const auto farthest = hn::Set(d, 86.f);  // e^-87 would not be a normal number
  auto largest = hn::LoadU(d, logits);
  for (Index c = 1; c < classes; ++c) {
    largest = hn::Max(largest, hn::LoadU(d, logits + c * plane));
  }
  auto sum = hn::Zero(d);
  for (Index c = 0; c < classes; ++c) {
    const auto below = hn::Sub(largest, hn::LoadU(d, logits + c * plane));
    // Not Min, which could lose that it is not a number.
    const auto near = hn::IfThenElse(hn::Gt(below, farthest), farthest, below);
    const auto term = ExponentialOfMinus(d, near);
    hn::StoreU(term, d, probability + c * plane);
    sum = hn::Add(sum, term);
  }
  for (Index c = 0; c < classes; ++c) {
    float* const at = probability + c * plane;
    hn::StoreU(hn::Div(hn::LoadU(d, at), sum), d, at);
  }
  if (log_sum == nullptr) return;
  // NaturalLog takes numbers; the difference is 0 of those, and else NaN.
  const auto log = hn::Add(NaturalLog(d, sum), hn::Sub(sum, sum));
  hn::StoreU(hn::Add(largest, log), d, log_sum);
}

void Softmax(const float* logits, Index classes, Index plane, Index count, float* probability,
             float* log_sum) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto step = static_cast<Index>(hn::Lanes(d));
  const auto at = [&](Index i) { return log_sum == nullptr ? nullptr : log_sum + i; };
  Index i = 0;
  for (; i + step <= count; i += step) {
    SoftmaxOfVector(d, logits + i, classes, plane, probability + i, at(i));
  }
  for (; i < count; ++i) SoftmaxOfVector(one, logits + i, classes, plane, probability + i, at(i));
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(Softmax);

void softmax(const float* logits, Index classes, Index plane, Index count, float* probability,
             float* log_sum) {
  HWY_DYNAMIC_DISPATCH(Softmax)(logits, classes, plane, count, probability, log_sum);
}

}  // namespace unetflow
#endif
