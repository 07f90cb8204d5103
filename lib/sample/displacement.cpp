#include "sample/displacement.hpp"

#include <algorithm>

#include "core/random.hpp"
#include "sample/elementary.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/displacement.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "sample/philox-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::CappedTag<float, 16>;

void RandomRow(std::uint64_t key, std::uint32_t high, Index segment, float* row) {
  const Float d;
  const hn::RebindToUnsigned<Float> du;
  const hn::RebindToSigned<Float> di;
  const auto scale = hn::Set(d, 0x1p-15f), shift = hn::Set(d, 0x1p-16f - 1);
  const auto write = [&](auto bits, float* at) {
    const auto number = hn::ConvertTo(d, hn::BitCast(di, bits));
    hn::StoreU(hn::Add(hn::Mul(number, scale), shift), d, at);
  };
  for (Index block = 0; block < segment; block += static_cast<Index>(hn::Lanes(d))) {
    hn::Vec<decltype(du)> words[4];
    philox_words(du, key, high, static_cast<std::uint32_t>(block), words[0], words[1], words[2],
                 words[3]);
    for (Index w = 0; w < 4; ++w) {
      write(hn::And(words[w], hn::Set(du, 0xFFFFu)), row + 2 * w * segment + block);
      write(hn::ShiftRight<16>(words[w]), row + (2 * w + 1) * segment + block);
    }
  }
}

/// to[x] = sum over j of half[|j|] * (*at(j))[x], four vectors at a time: `at` gives the rows that
/// lie j before and after.
template <class Before, class After>
HWY_INLINE void Convolve(const float* HWY_RESTRICT half, Index reach, const float* centre,
                         Before before, After after, Index width, float* HWY_RESTRICT to) {
  const Float d;
  const auto n = static_cast<Index>(hn::Lanes(d));
  for (Index x = 0; x < width; x += 4 * n) {
    const auto weight = hn::Set(d, half[0]);
    auto sum0 = hn::Mul(weight, hn::LoadU(d, centre + x));
    auto sum1 = hn::Mul(weight, hn::LoadU(d, centre + x + n));
    auto sum2 = hn::Mul(weight, hn::LoadU(d, centre + x + 2 * n));
    auto sum3 = hn::Mul(weight, hn::LoadU(d, centre + x + 3 * n));
    for (Index j = 1; j <= reach; ++j) {
      const auto w = hn::Set(d, half[j]);
      const float* b = before(j) + x;
      const float* a = after(j) + x;
      const auto pair = [&](Index at) {
        return hn::Mul(w, hn::Add(hn::LoadU(d, b + at), hn::LoadU(d, a + at)));
      };
      sum0 = hn::Add(sum0, pair(0));
      sum1 = hn::Add(sum1, pair(n));
      sum2 = hn::Add(sum2, pair(2 * n));
      sum3 = hn::Add(sum3, pair(3 * n));
    }
    hn::StoreU(sum0, d, to + x);
    hn::StoreU(sum1, d, to + x + n);
    hn::StoreU(sum2, d, to + x + 2 * n);
    hn::StoreU(sum3, d, to + x + 3 * n);
  }
}

void SmoothAlongX(const float* half, Index reach, const float* row, Index width, float* to) {
  Convolve(
      half, reach, row, [=](Index j) { return row - j; }, [=](Index j) { return row + j; }, width,
      to);
}

/// Rows 0 ... count - 1 of `to` from rows -reach ... count - 1 + reach, of which rows[0] is the
/// first. In strips of columns whose rows all fit the first-level cache.
void SmoothAlongY(const float* half, Index reach, const float* const* rows, Index count,
                  Index width, Plane<float> to) {
  for (Index x = 0; x < width; x += kLanes) {
    for (Index y = 0; y < count; ++y) {
      const float* const* centre = rows + reach + y;
      Convolve(
          half, reach, *centre + x, [=](Index j) { return centre[-j] + x; },
          [=](Index j) { return centre[j] + x; }, kLanes, to.row(y) + x);
    }
  }
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(RandomRow);
HWY_EXPORT(SmoothAlongX);
HWY_EXPORT(SmoothAlongY);

std::vector<float> gaussian_half(double sigma, int kernel) {
  std::vector<double> half;
  double sum = 0;
  for (int i = 0; i <= kernel / 2; ++i) {
    half.push_back(exponential(-i * i / (2 * sigma * sigma)));
    sum += (i == 0 ? 1 : 2) * half.back();
  }
  std::vector<float> result;
  for (const double value : half) result.push_back(static_cast<float>(value / sum));
  return result;
}

void random_row(std::uint64_t key, std::uint32_t y, std::uint32_t axis, Index width, float* row) {
  HWY_DYNAMIC_DISPATCH(RandomRow)(key, 2 * y + axis, round_up(width, 128) / 8, row);
}

void DisplacementField::begin(const ElasticConfig& config, std::uint64_t key, Index height,
                              Index width) {
  key_ = key;
  height_ = height;
  width_ = width;
  drawn_ = given_ = 0;
  if (config.sigma != sigma_ || config.alpha != alpha_ || config.kernel / 2 != reach_ ||
      half_.empty()) {
    sigma_ = config.sigma;
    alpha_ = config.alpha;
    reach_ = config.kernel / 2;
    half_ = half_alpha_ = gaussian_half(sigma_, config.kernel);
    for (float& weight : half_alpha_) weight *= static_cast<float>(alpha_);
  }
  stride_ = round_up(width, kLanes);
  const auto band = static_cast<std::size_t>((kBlock + 2 * reach_) * stride_);
  for (auto& axis : band_) axis.resize(std::max(axis.size(), band));
  zeros_.resize(std::max(zeros_.size(), static_cast<std::size_t>(stride_)));
  rows_.resize(static_cast<std::size_t>(kBlock + 2 * reach_));
  // Zeros before the row for the window's left half; behind it they are put back for each row.
  raw_.assign(static_cast<std::size_t>(2 * reach_ + round_up(width, 128) + kLanes), 0);
}

void DisplacementField::next(Index count, Plane<float> dy, Plane<float> dx) {
  const Index capacity = kBlock + 2 * reach_;
  float* raw = raw_.data() + reach_;
  for (const Index last = std::min(given_ + count + reach_, height_); drawn_ < last; ++drawn_) {
    for (std::uint32_t axis = 0; axis < 2; ++axis) {
      random_row(key_, static_cast<std::uint32_t>(drawn_), axis, width_, raw);
      std::fill(raw + width_, raw_.data() + raw_.size(), 0.0f);
      HWY_DYNAMIC_DISPATCH(SmoothAlongX)
      (half_.data(), reach_, raw, stride_, band_[axis].data() + drawn_ % capacity * stride_);
    }
  }
  for (std::uint32_t axis = 0; axis < 2; ++axis) {
    for (Index i = 0; i < count + 2 * reach_; ++i) {
      const Index y = given_ - reach_ + i;
      rows_[static_cast<std::size_t>(i)] =
          y < 0 || y >= height_ ? zeros_.data() : band_[axis].data() + y % capacity * stride_;
    }
    HWY_DYNAMIC_DISPATCH(SmoothAlongY)
    (half_alpha_.data(), reach_, rows_.data(), count, stride_, axis == 0 ? dy : dx);
  }
  given_ += count;
}

}  // namespace unetflow
#endif
