// Philox4x32-10 on vectors: the same numbers as random_words() of core/random.hpp, one block per
// lane. Included once for each instruction set.

#if defined(UNETFLOW_PHILOX_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef UNETFLOW_PHILOX_INL
#undef UNETFLOW_PHILOX_INL
#else
#define UNETFLOW_PHILOX_INL
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Ten rounds on counters in the low halves of 64-bit lanes. The high halves hold what
/// multiplications left there, which the next one ignores.
template <class D64, class V64 = hn::Vec<D64>>
HWY_INLINE void philox_rounds(D64 d64, std::uint64_t key, V64& c0, V64& c1, V64& c2, V64& c3) {
  const hn::RepartitionToNarrow<D64> d32;
  const auto m0 = hn::Set(d32, 0xD2511F53u), m1 = hn::Set(d32, 0xCD9E8D57u);
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const V64 p0 = hn::MulEven(hn::BitCast(d32, c0), m0);
    const V64 p1 = hn::MulEven(hn::BitCast(d32, c2), m1);
    c0 = hn::Xor(hn::ShiftRight<32>(p1), hn::Xor(c1, hn::Set(d64, std::uint64_t{k0})));
    c2 = hn::Xor(hn::ShiftRight<32>(p0), hn::Xor(c3, hn::Set(d64, std::uint64_t{k1})));
    c1 = p1;
    c3 = p0;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
}

/// The words of random_words(key, high << 32 | (first + lane)).
template <class D32, class V32 = hn::Vec<D32>>
HWY_INLINE void philox_words(D32 d32, std::uint64_t key, std::uint32_t high, std::uint32_t first,
                             V32& w0, V32& w1, V32& w2, V32& w3) {
  const hn::RepartitionToWide<D32> d64;
  using V64 = hn::Vec<decltype(d64)>;
  // Two chains: the lower and the upper half of the lanes.
  V64 a0 = hn::Add(hn::Iota(d64, 0), hn::Set(d64, std::uint64_t{first}));
  V64 b0 = hn::Add(a0, hn::Set(d64, hn::Lanes(d64)));
  V64 a1 = hn::Set(d64, std::uint64_t{high}), b1 = a1;
  V64 a2 = hn::Zero(d64), b2 = a2, a3 = a2, b3 = a2;
  philox_rounds(d64, key, a0, a1, a2, a3);
  philox_rounds(d64, key, b0, b1, b2, b3);
  const auto low_halves = [&](V64 b, V64 a) {
    return hn::ConcatEven(d32, hn::BitCast(d32, b), hn::BitCast(d32, a));
  };
  w0 = low_halves(b0, a0);
  w1 = low_halves(b1, a1);
  w2 = low_halves(b2, a2);
  w3 = low_halves(b3, a3);
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
