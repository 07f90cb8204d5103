#include "sample/noise.hpp"

#include <fmt/format.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/noise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/deterministic_math-inl.hpp"
#include "simd/philox-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void NormalRow(std::uint64_t key, std::uint32_t row, Index segment, float* out) {
  const hn::CappedTag<float, 16> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  const auto unit = hn::Set(d, 0x1p-24f);
  const auto top24 = [&](auto word) {
    return hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<8>(word)));
  };
  const auto two_normals = [&](auto first, auto second, float* to) {
    // In (0, 1], so that the logarithm is finite.
    const auto u = hn::Mul(hn::Add(top24(first), hn::Set(d, 1)), unit);
    const auto radius = hn::Sqrt(hn::Mul(NaturalLog(d, u), hn::Set(d, -2)));
    hn::Vec<decltype(d)> cosine, sine;
    CosineSineOfTurns(d, hn::Mul(top24(second), unit), cosine, sine);
    hn::StoreU(hn::Mul(radius, cosine), d, to);
    hn::StoreU(hn::Mul(radius, sine), d, to + segment);
  };
  for (Index block = 0; block < segment; block += static_cast<Index>(hn::Lanes(d))) {
    hn::Vec<decltype(du)> words[4];
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

IntensityChange Noise::draw(const Draws& draws, Stack<const float>) const {
  enum : std::uint64_t { kApply };
  if (!draws.happens(kApply, probability)) return {};
  const std::uint64_t key = draws.field(Purpose::kNoise);
  const auto deviation = static_cast<float>(sigma);
  return [key, deviation](const IntensityRow& row) {
    normal_row(key, static_cast<std::uint32_t>(row.number), row.width, row.scratch);
    for (Index x = 0; x < row.width; ++x) row.values[x] += deviation * row.scratch[x];
  };
}

Showing Noise::showing() const {
  return {.what = fmt::format("Normal noise of standard deviation {}; the label stays as it is.",
                              sigma),
          .even_if_unused = true};
}

}  // namespace unetflow
#endif
