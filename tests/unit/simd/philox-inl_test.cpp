#include <gmock/gmock.h>

#include <array>
#include <vector>

#include "core/random.hpp"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/philox-inl_test.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/philox-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Word w of block first + i at words[w][i]; returns how many blocks that are.
std::size_t PhiloxWords(std::uint64_t key, std::uint32_t high, std::uint32_t first,
                        std::array<std::uint32_t, 16>* words) {
  const hn::CappedTag<std::uint32_t, 16> d;
  hn::Vec<decltype(d)> w[4];
  philox_words(d, key, high, first, w[0], w[1], w[2], w[3]);
  for (std::size_t i = 0; i < 4; ++i) hn::StoreU(w[i], d, words[i].data());
  return hn::Lanes(d);
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "every_target.hpp"  // after Highway's own headers

namespace unetflow {
namespace {

HWY_EXPORT(PhiloxWords);

TEST(PhiloxWords, AreTheScalarOnesOnEveryInstructionSet) {
  constexpr std::uint64_t kKey = 0x0123456789ABCDEF;
  on_every_target([&](const char* target) {
    for (const std::uint32_t high : {0u, 7u, 0xFFFFFFFFu}) {
      for (const std::uint32_t first : {0u, 16u, 0x7FFFFFF0u}) {
        std::array<std::uint32_t, 16> words[4];
        const std::size_t lanes = HWY_DYNAMIC_DISPATCH(PhiloxWords)(kKey, high, first, words);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          const auto expected = random_words(kKey, std::uint64_t{high} << 32 | (first + lane));
          for (std::size_t w = 0; w < 4; ++w) {
            ASSERT_EQ(words[w][lane], expected[w]) << target << " block " << first + lane;
          }
        }
      }
    }
  });
}

}  // namespace
}  // namespace unetflow
#endif
