#include "network/normalise.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "network/normalise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/for_vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// fixed_sum of kSums terms in one pass: f(d, i, terms) gives the terms from number i on.
template <int kSums, class F>
HWY_INLINE void FixedSums(Index count, F f, double (&totals)[kSums]) {
  constexpr Index kLanes = 16, kBlock = 1024;
  const hn::CappedTag<float, kLanes> d;
  const hn::CappedTag<float, 1> one;
  constexpr auto kStep = static_cast<Index>(hn::MaxLanes(d));
  constexpr Index kVectors = kLanes / kStep;
  std::fill_n(totals, kSums, 0.0);
  for (Index first = 0; first < count; first += kBlock) {
    const Index end = std::min(first + kBlock, count);
    hn::Vec<decltype(d)> sums[kVectors][kSums], terms[kSums];
    for (auto& vector : sums) std::fill_n(vector, kSums, hn::Zero(d));
    Index i = first;
    for (; i + kLanes <= end; i += kLanes) {
      for (Index v = 0; v < kVectors; ++v) {
        f(d, i + v * kStep, terms);
        for (int s = 0; s < kSums; ++s) sums[v][s] = hn::Add(sums[v][s], terms[s]);
      }
    }
    HWY_ALIGN float lanes[kSums][kLanes];
    for (int s = 0; s < kSums; ++s) {
      for (Index v = 0; v < kVectors; ++v) hn::Store(sums[v][s], d, lanes[s] + v * kStep);
    }
    for (Index lane = 0; i < end; ++i, ++lane) {
      hn::Vec<decltype(one)> last[kSums];
      f(one, i, last);
      for (int s = 0; s < kSums; ++s) lanes[s][lane] += hn::GetLane(last[s]);
    }
    for (int s = 0; s < kSums; ++s) {
      double block = 0;
      for (const float lane : lanes[s]) block += static_cast<double>(lane);
      totals[s] += block;
    }
  }
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Output(D d, V input, const Normalised& line) {
  return hn::Add(hn::Mul(input, hn::Set(d, line.factor)), hn::Set(d, line.summand));
}

/// The gradient behind ReLU.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Passed(D d, V input, const float* gradient, const Normalised& line) {
  return hn::IfThenElseZero(hn::Gt(Output(d, input, line), hn::Set(d, line.least)),
                            hn::LoadU(d, gradient));
}

Moments MomentsOf(const float* values, Index count) {
  constexpr Index kBlock = 2048;
  Moments all;
  for (Index first = 0; first < count; first += kBlock) {
    const float* const block = values + first;
    const Index size = std::min(kBlock, count - first);
    const auto number = static_cast<double>(size);
    double sum[1], squares[1];
    FixedSums(
        size, [&](auto d, Index i, auto terms) HWY_ATTR { terms[0] = hn::LoadU(d, block + i); },
        sum);
    const double mean = sum[0] / number;
    const auto centre = static_cast<float>(mean);
    FixedSums(
        size,
        [&](auto d, Index i, auto terms) HWY_ATTR {
          const auto apart = hn::Sub(hn::LoadU(d, block + i), hn::Set(d, centre));
          terms[0] = hn::Mul(apart, apart);
        },
        squares);
    all.add({number, mean, squares[0]});
  }
  return all;
}

void Normalise(const float* input, Index count, const Normalised& line, float* output) {
  ForVectors(count, [&](auto d, Index i) HWY_ATTR {
    const auto value = Output(d, hn::LoadU(d, input + i), line);
    const auto least = hn::Set(d, line.least);
    hn::StoreU(hn::IfThenElse(hn::Lt(value, least), least, value), d, output + i);
  });
}

GradientSums SumsOf(const float* input, const float* gradient, Index count, const Normalised& line,
                    float mean) {
  double sums[2];
  FixedSums(
      count,
      [&](auto d, Index i, auto terms) HWY_ATTR {
        const auto x = hn::LoadU(d, input + i);
        terms[0] = Passed(d, x, gradient + i, line);
        terms[1] = hn::Mul(terms[0], hn::Sub(x, hn::Set(d, mean)));
      },
      sums);
  return {sums[0], sums[1]};
}

void GradientOfInput(const float* input, const float* gradient, Index count, const Normalised& line,
                     const InputGradient& by, float* to) {
  ForVectors(count, [&](auto d, Index i) HWY_ATTR {
    const auto x = hn::LoadU(d, input + i);
    const auto by_gradient = hn::Mul(Passed(d, x, gradient + i, line), hn::Set(d, by.by_gradient));
    const auto by_input = hn::Mul(hn::Sub(x, hn::Set(d, by.mean)), hn::Set(d, by.by_input));
    hn::StoreU(hn::Add(by_gradient, hn::Add(by_input, hn::Set(d, by.constant))), d, to + i);
  });
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(MomentsOf);
HWY_EXPORT(Normalise);
HWY_EXPORT(SumsOf);
HWY_EXPORT(GradientOfInput);

Moments moments(const float* values, Index count) {
  return HWY_DYNAMIC_DISPATCH(MomentsOf)(values, count);
}
void normalise(const float* input, Index count, Normalised line, float* output) {
  HWY_DYNAMIC_DISPATCH(Normalise)(input, count, line, output);
}
GradientSums gradient_sums(const float* input, const float* gradient, Index count, Normalised line,
                           float mean) {
  return HWY_DYNAMIC_DISPATCH(SumsOf)(input, gradient, count, line, mean);
}
void input_gradient(const float* input, const float* gradient, Index count, Normalised line,
                    InputGradient by, float* to) {
  HWY_DYNAMIC_DISPATCH(GradientOfInput)(input, gradient, count, line, by, to);
}

}  // namespace unetflow
#endif
