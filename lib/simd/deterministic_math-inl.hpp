// Elementary functions on vectors of floats, in plain arithmetic: no fused multiply-add and no
// approximate reciprocal, so every instruction set gives the same bytes. Highway's own
// (hwy/contrib/math) use MulAdd, whose last bit depends on the target.
// Included once for each instruction set. The scalar ones are in core/deterministic_math.hpp.

#if defined(UNETFLOW_DETERMINISTIC_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef UNETFLOW_DETERMINISTIC_MATH_INL
#undef UNETFLOW_DETERMINISTIC_MATH_INL
#else
#define UNETFLOW_DETERMINISTIC_MATH_INL
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// c[0] + c[1] x + ... by Horner's rule.
template <class D, std::size_t kSize, class V = hn::Vec<D>>
HWY_INLINE V Polynomial(D d, V x, const float (&c)[kSize]) {
  auto sum = hn::Set(d, c[kSize - 1]);
  for (std::size_t i = kSize - 1; i-- > 0;) sum = hn::Add(hn::Mul(sum, x), hn::Set(d, c[i]));
  return sum;
}

/// Natural logarithm of positive normal numbers: x = 2^e m with m in [sqrt(1/2), sqrt(2)), and
/// ln m = 2 artanh((m - 1) / (m + 1)) by its series. To 2e-7 of |ln x|.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V NaturalLog(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, x);
  // Adding the distance from sqrt(1/2) to 1 makes the exponent carry at sqrt(2).
  const auto shifted = hn::Add(bits, hn::Set(di, 0x3F800000 - 0x3F3504F3));
  const auto exponent = hn::Sub(hn::ShiftRight<23>(shifted), hn::Set(di, 127));
  const auto m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(exponent)));
  const auto one = hn::Set(d, 1);
  const auto s = hn::Div(hn::Sub(m, one), hn::Add(m, one));
  static constexpr float kSeries[] = {2.0f, 2.0f / 3, 2.0f / 5, 2.0f / 7, 2.0f / 9};
  const auto ln_m = hn::Mul(s, Polynomial(d, hn::Mul(s, s), kSeries));
  return hn::Add(hn::Mul(hn::ConvertTo(d, exponent), hn::Set(d, 0.693147181f)), ln_m);
}

/// e^-z for 0 <= z < 87: 2^k e^r, |r| <= ln 2 / 2, by the series of e^r. To 2e-7 of its value.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ExponentialOfMinus(D d, V z) {
  const hn::RebindToSigned<D> di;
  const auto k = hn::Floor(hn::Add(hn::Mul(z, hn::Set(d, 1.44269504f)), hn::Set(d, 0.5f)));
  // ln 2 in two parts, the first short enough for k times it to be exact.
  auto r = hn::Sub(hn::Mul(k, hn::Set(d, 0.693359375f)), z);
  r = hn::Sub(r, hn::Mul(k, hn::Set(d, 2.12194440e-4f)));
  static constexpr float kSeries[] = {1.0f,      1.0f,       1.0f / 2,   1.0f / 6,
                                      1.0f / 24, 1.0f / 120, 1.0f / 720, 1.0f / 5040};
  const auto exponent = hn::Sub(hn::Set(di, 127), hn::ConvertTo(di, k));
  return hn::Mul(Polynomial(d, r, kSeries), hn::BitCast(d, hn::ShiftLeft<23>(exponent)));
}

/// Cosine and sine of 2 pi t, t in [0, 1), by their series within 1/8 turn of the nearest quarter.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void CosineSineOfTurns(D d, V t, V& cosine, V& sine) {
  const hn::RebindToSigned<D> di;
  const auto quarters = hn::Floor(hn::Add(hn::Mul(t, hn::Set(d, 4)), hn::Set(d, 0.5f)));
  const auto x = hn::Mul(hn::Sub(hn::Mul(t, hn::Set(d, 4)), quarters), hn::Set(d, 1.57079633f));
  const auto xx = hn::Mul(x, x);
  static constexpr float kCosine[] = {1, -1.0f / 2, 1.0f / 24, -1.0f / 720, 1.0f / 40320};
  static constexpr float kSine[] = {1, -1.0f / 6, 1.0f / 120, -1.0f / 5040};
  const auto c = Polynomial(d, xx, kCosine);
  const auto s = hn::Mul(x, Polynomial(d, xx, kSine));
  // Turned on by q quarters: (c, s), (-s, c), (-c, -s), (s, -c).
  const auto q = hn::ConvertTo(di, quarters);
  const auto odd = hn::RebindMask(d, hn::Ne(hn::And(q, hn::Set(di, 1)), hn::Zero(di)));
  const auto half_turn = [&](auto number) {  // bit 1 of the number, as a sign
    return hn::BitCast(d, hn::ShiftLeft<30>(hn::And(number, hn::Set(di, 2))));
  };
  cosine = hn::Xor(hn::IfThenElse(odd, s, c), half_turn(hn::Add(q, hn::Set(di, 1))));
  sine = hn::Xor(hn::IfThenElse(odd, c, s), half_turn(q));
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
