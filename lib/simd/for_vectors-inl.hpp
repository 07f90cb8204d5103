// A loop over floats by vectors. Included once for each instruction set.

#if defined(UNETFLOW_FOR_VECTORS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef UNETFLOW_FOR_VECTORS_INL
#undef UNETFLOW_FOR_VECTORS_INL
#else
#define UNETFLOW_FOR_VECTORS_INL
#endif

#include <hwy/highway.h>

#include "core/arithmetic.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Calls f(d, i) for numbers from number i on, as many as `d` has lanes: whole vectors, then one by
/// one.
template <class F>
HWY_INLINE void ForVectors(Index count, F f) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const auto step = static_cast<Index>(hn::Lanes(d));
  Index i = 0;
  for (; i + step <= count; i += step) f(d, i);
  for (; i < count; ++i) f(one, i);
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
