#include "sample/gray_values.hpp"

#include "core/random.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/gray_values.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/philox-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::CappedTag<float, 16>;
using Signed = hn::RebindToSigned<Float>;
using Unsigned = hn::RebindToUnsigned<Float>;
using Floats = hn::Vec<Float>;

/// c[0] + c[1] x + ... by Horner's rule.
template <std::size_t kSize>
HWY_INLINE Floats Polynomial(Floats x, const float (&c)[kSize]) {
  const Float d;
  Floats sum = hn::Set(d, c[kSize - 1]);
  for (std::size_t i = kSize - 1; i-- > 0;) sum = hn::Add(hn::Mul(sum, x), hn::Set(d, c[i]));
  return sum;
}

/// Natural logarithm of positive normal numbers: x = 2^e m with m in [sqrt(1/2), sqrt(2)), and
/// ln m = 2 artanh((m - 1) / (m + 1)) by its series. To 2e-7 of |ln x|.
HWY_INLINE Floats Logarithm(Floats x) {
  const Float d;
  const Signed di;
  const auto bits = hn::BitCast(di, x);
  // Adding the distance from sqrt(1/2) to 1 makes the exponent carry at sqrt(2).
  const auto shifted = hn::Add(bits, hn::Set(di, 0x3F800000 - 0x3F3504F3));
  const auto exponent = hn::Sub(hn::ShiftRight<23>(shifted), hn::Set(di, 127));
  const auto m = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(exponent)));
  const auto one = hn::Set(d, 1);
  const auto s = hn::Div(hn::Sub(m, one), hn::Add(m, one));
  static constexpr float kSeries[] = {2.0f, 2.0f / 3, 2.0f / 5, 2.0f / 7, 2.0f / 9};
  const auto ln_m = hn::Mul(s, Polynomial(hn::Mul(s, s), kSeries));
  return hn::Add(hn::Mul(hn::ConvertTo(d, exponent), hn::Set(d, 0.693147181f)), ln_m);
}

/// Cosine and sine of 2 pi t, t in [0, 1), by their series within 1/8 turn of the nearest quarter.
HWY_INLINE void CosineSine(Floats t, Floats& cosine, Floats& sine) {
  const Float d;
  const Signed di;
  const auto quarters = hn::Floor(hn::Add(hn::Mul(t, hn::Set(d, 4)), hn::Set(d, 0.5f)));
  const auto x = hn::Mul(hn::Sub(hn::Mul(t, hn::Set(d, 4)), quarters), hn::Set(d, 1.57079633f));
  const auto xx = hn::Mul(x, x);
  static constexpr float kCosine[] = {1, -1.0f / 2, 1.0f / 24, -1.0f / 720, 1.0f / 40320};
  static constexpr float kSine[] = {1, -1.0f / 6, 1.0f / 120, -1.0f / 5040};
  const auto c = Polynomial(xx, kCosine);
  const auto s = hn::Mul(x, Polynomial(xx, kSine));
  // Turned on by q quarters: (c, s), (-s, c), (-c, -s), (s, -c).
  const auto q = hn::ConvertTo(di, quarters);
  const auto odd = hn::RebindMask(d, hn::Ne(hn::And(q, hn::Set(di, 1)), hn::Zero(di)));
  const auto half_turn = [&](auto number) {  // bit 1 of the number, as a sign
    return hn::BitCast(d, hn::ShiftLeft<30>(hn::And(number, hn::Set(di, 2))));
  };
  cosine = hn::Xor(hn::IfThenElse(odd, s, c), half_turn(hn::Add(q, hn::Set(di, 1))));
  sine = hn::Xor(hn::IfThenElse(odd, c, s), half_turn(q));
}

void NormalRow(std::uint64_t key, std::uint32_t row, Index segment, float* out) {
  const Float d;
  const Signed di;
  const Unsigned du;
  const auto unit = hn::Set(d, 0x1p-24f);
  const auto top24 = [&](auto word) {
    return hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<8>(word)));
  };
  const auto two_normals = [&](auto first, auto second, float* to) {
    // In (0, 1], so that the logarithm is finite.
    const auto u = hn::Mul(hn::Add(top24(first), hn::Set(d, 1)), unit);
    const auto radius = hn::Sqrt(hn::Mul(Logarithm(u), hn::Set(d, -2)));
    Floats cosine, sine;
    CosineSine(hn::Mul(top24(second), unit), cosine, sine);
    hn::StoreU(hn::Mul(radius, cosine), d, to);
    hn::StoreU(hn::Mul(radius, sine), d, to + segment);
  };
  for (Index block = 0; block < segment; block += static_cast<Index>(hn::Lanes(d))) {
    hn::Vec<Unsigned> words[4];
    philox_words(du, key, row, static_cast<std::uint32_t>(block), words[0], words[1], words[2],
                 words[3]);
    two_normals(words[0], words[1], out + block);
    two_normals(words[2], words[3], out + 2 * segment + block);
  }
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(NormalRow);

void normal_row(std::uint64_t key, std::uint32_t row, Index width, float* out) {
  HWY_DYNAMIC_DISPATCH(NormalRow)(key, row, round_up(width, 64) / 4, out);
}

// Plain loops: the compiler's vectors change no result, and memory is what they wait for.
void vary_contrast(float gain, float offset, Index width, float* row) {
  for (Index x = 0; x < width; ++x) row[x] = gain * (row[x] - 0.5f) + (0.5f + offset);
}

void add_noise(float sigma, const float* noise, Index width, float* row) {
  for (Index x = 0; x < width; ++x) row[x] += sigma * noise[x];
}

}  // namespace unetflow
#endif
