#include "sample/gamma.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/deterministic_math.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/gamma.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/deterministic_math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void PowerRow(float gamma, float low, float range, Index width, float* HWY_RESTRICT values) {
  const hn::CappedTag<float, 16> d;
  const auto n = static_cast<Index>(hn::Lanes(d));
  const auto power = [&](auto v) {
    const auto u = hn::Min(hn::Div(hn::Sub(v, hn::Set(d, low)), hn::Set(d, range)), hn::Set(d, 1));
    // The logarithm takes normal numbers only; whatever is smaller becomes 0.
    const auto smallest = hn::Set(d, std::numeric_limits<float>::min());
    const auto log = NaturalLog(d, hn::Max(u, smallest));
    const auto z = hn::Min(hn::Mul(log, hn::Set(d, -gamma)), hn::Set(d, 86));
    const auto result = hn::IfThenElseZero(hn::Gt(u, smallest), ExponentialOfMinus(d, z));
    return hn::Add(hn::Mul(result, hn::Set(d, range)), hn::Set(d, low));
  };
  Index x = 0;
  for (; x + n <= width; x += n) hn::StoreU(power(hn::LoadU(d, values + x)), d, values + x);
  if (x == width) return;
  float last[16] = {};
  std::copy(values + x, values + width, last);
  hn::StoreU(power(hn::LoadU(d, last)), d, last);
  std::copy_n(last, width - x, values + x);
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(PowerRow);

void power_row(float gamma, float low, float range, Index width, float* values) {
  HWY_DYNAMIC_DISPATCH(PowerRow)(gamma, low, range, width, values);
}

IntensityChange Gamma::draw(const Draws& draws, Stack<const float> input) const {
  enum : std::uint64_t { kApply, kExponent };
  if (!draws.happens(kApply, probability)) return {};
  const double exponent = exponential(draws.within(kExponent, natural_log(largest)));
  float low = std::numeric_limits<float>::infinity(), high = -low;
  for (Index channel = 0; channel < input.channels; ++channel) {
    for (Index y = 0; y < input.height; ++y) {
      const float* row = input.plane(channel).row(y);
      for (Index x = 0; x < input.width; ++x) {
        low = std::min(low, row[x]);
        high = std::max(high, row[x]);
      }
    }
  }
  const float range = high - low;
  if (!(range > 0)) return {};  // one value only
  return [gamma = static_cast<float>(exponent), low, range](const IntensityRow& row) {
    power_row(gamma, low, range, row.width, row.values);
  };
}

Showing Gamma::showing() const {
  return {.what = fmt::format("Gamma change: values, scaled by the tile's range, to a power from "
                              "{:.3g} to {:.3g}; the label stays as it is.",
                              1 / largest, largest)};
}

}  // namespace unetflow
#endif
