#include "network/max_pool.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/max_pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/for_vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class V>
HWY_INLINE auto IsLarger(V v, V than) {
  return hn::Or(hn::Gt(v, than), hn::IsNaN(v));
}

/// Squares of two rows, as many as `d` has lanes.
template <class D>
HWY_INLINE void PoolVector(D d, const float* upper, const float* lower, float* to) {
  hn::Vec<D> v[4];
  hn::LoadInterleaved2(d, upper, v[0], v[1]);
  hn::LoadInterleaved2(d, lower, v[2], v[3]);
  auto largest = v[0];
  for (int i = 1; i < 4; ++i) largest = hn::IfThenElse(IsLarger(v[i], largest), v[i], largest);
  hn::StoreU(largest, d, to);
}

template <class D>
HWY_INLINE void GradientVector(D d, const float* upper, const float* lower, const float* gradient,
                               float* to_upper, float* to_lower) {
  hn::Vec<D> v[4], own[4];
  hn::LoadInterleaved2(d, upper, v[0], v[1]);
  hn::LoadInterleaved2(d, lower, v[2], v[3]);
  auto largest = v[0];
  own[0] = hn::LoadU(d, gradient);
  for (int i = 1; i < 4; ++i) {
    const auto larger = IsLarger(v[i], largest);
    largest = hn::IfThenElse(larger, v[i], largest);
    own[i] = hn::IfThenElseZero(larger, hn::LoadU(d, gradient));
    for (int before = 0; before < i; ++before) {
      own[before] = hn::IfThenZeroElse(larger, own[before]);
    }
  }
  hn::StoreInterleaved2(own[0], own[1], d, to_upper);
  hn::StoreInterleaved2(own[2], own[3], d, to_lower);
}

void MaxPool(const float* plane, Index height, Index width, float* to) {
  for (Index y = 0; y < height / 2; ++y, to += width / 2) {
    const float* const upper = plane + 2 * y * width;
    ForVectors(width / 2, [&](auto d, Index x) HWY_ATTR {
      PoolVector(d, upper + 2 * x, upper + width + 2 * x, to + x);
    });
  }
}

/// Adds a row of the middle part to the plane's row `y`, if it has such a row.
void AddMiddle(const Middle& middle, Index y, float* row) {
  if (y < middle.top || y >= middle.top + middle.height) return;
  const float* const more = middle.values + (y - middle.top) * middle.width;
  float* const to = row + middle.left;
  ForVectors(middle.width, [&](auto d, Index x) HWY_ATTR {
    hn::StoreU(hn::Add(hn::LoadU(d, to + x), hn::LoadU(d, more + x)), d, to + x);
  });
}

void MaxPoolGradient(const float* plane, const float* gradient, const Middle& middle, Index height,
                     Index width, float* to) {
  for (Index y = 0; y < height / 2; ++y, gradient += width / 2) {
    const float* const upper = plane + 2 * y * width;
    float* const to_upper = to + 2 * y * width;
    float* const to_lower = to_upper + width;
    ForVectors(width / 2, [&](auto d, Index x) HWY_ATTR {
      GradientVector(d, upper + 2 * x, upper + width + 2 * x, gradient + x, to_upper + 2 * x,
                     to_lower + 2 * x);
    });
    if (width % 2 != 0) to_upper[width - 1] = to_lower[width - 1] = 0;
    AddMiddle(middle, 2 * y, to_upper);
    AddMiddle(middle, 2 * y + 1, to_lower);
  }
  if (height % 2 == 0) return;
  float* const last = to + (height - 1) * width;
  std::fill_n(last, width, 0.f);
  AddMiddle(middle, height - 1, last);
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(MaxPool);
HWY_EXPORT(MaxPoolGradient);

void max_pool(const float* plane, Index height, Index width, float* to) {
  HWY_DYNAMIC_DISPATCH(MaxPool)(plane, height, width, to);
}
void max_pool_gradient(const float* plane, const float* gradient, Middle middle, Index height,
                       Index width, float* to) {
  HWY_DYNAMIC_DISPATCH(MaxPoolGradient)(plane, gradient, middle, height, width, to);
}

}  // namespace unetflow
#endif
