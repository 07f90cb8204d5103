#include "sample/elastic_field.hpp"

#include <algorithm>

#include "core/random.hpp"
#include "simd/gaussian.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/elastic_field.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/philox-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Unsigned = hn::CappedTag<std::uint32_t, 16>;
using Short = hn::CappedTag<std::int16_t, 32>;

void RandomRows(std::uint64_t key, std::uint32_t y, Index segment, std::int16_t* row_y,
                std::int16_t* row_x) {
  const Unsigned d;
  const hn::Repartition<std::uint16_t, Unsigned> d16;
  const hn::Repartition<std::int16_t, Unsigned> di16;
  // 64 (2 u - 255) from the byte u.
  const auto write = [&](auto byte_times_128, std::int16_t* at) {
    hn::StoreU(hn::Sub(hn::BitCast(di16, byte_times_128), hn::Set(di16, std::int16_t{kOne})), di16,
               at);
  };
  for (Index block = 0; block < segment / 2; block += static_cast<Index>(hn::Lanes(d))) {
    hn::Vec<Unsigned> words[4];
    philox_words(d, key, y, static_cast<std::uint32_t>(block), words[0], words[1], words[2],
                 words[3]);
    for (Index w = 0; w < 4; ++w) {
      const auto halves = hn::BitCast(d16, words[w]);
      std::int16_t* at = (w < 2 ? row_y : row_x) + w % 2 * 2 * segment + 2 * block;
      write(hn::ShiftRight<1>(hn::ShiftLeft<8>(halves)), at);
      write(hn::ShiftLeft<7>(hn::ShiftRight<8>(halves)), at + segment);
    }
  }
}

/// For kVectors vectors at x: the sum over j of weight j times the sum of the rows j before and j
/// after the centre.
template <int kVectors, class Rows>
HWY_INLINE void Convolve(const std::int16_t* HWY_RESTRICT weights, Index reach, Rows rows, Index x,
                         hn::Vec<Short>* HWY_RESTRICT sums) {
  const Short d;
  const auto n = static_cast<Index>(hn::Lanes(d));
  const std::int16_t* centre = rows(0) + x;
  for (int v = 0; v < kVectors; ++v) {
    sums[v] = hn::MulFixedPoint15(hn::LoadU(d, centre + v * n), hn::LoadU(d, weights));
  }
  for (Index j = 1; j <= reach; ++j) {
    const auto weight = hn::LoadU(d, weights + j * kSplat);
    const std::int16_t* before = rows(-j) + x;
    const std::int16_t* after = rows(j) + x;
    for (int v = 0; v < kVectors; ++v) {
      const auto both = hn::Add(hn::LoadU(d, before + v * n), hn::LoadU(d, after + v * n));
      sums[v] = hn::SaturatedAdd(sums[v], hn::MulFixedPoint15(both, weight));
    }
  }
}

constexpr int kVectors = HWY_MAX_BYTES > 32 ? 2 : 4;  // at most kLanes numbers

void SmoothAlongX(const std::int16_t* weights, Index reach, const std::int16_t* row, Index width,
                  std::int16_t* to) {
  const Short d;
  const auto n = static_cast<Index>(hn::Lanes(d));
  for (Index x = 0; x < width; x += kVectors * n) {
    hn::Vec<Short> sums[kVectors];
    Convolve<kVectors>(
        weights, reach, [=](Index j) { return row + j; }, x, sums);
    for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[v], d, to + x + v * n);
  }
}

/// Rows 0 ... count - 1 of `to`, times `unit`, from the rows -reach ... count - 1 + reach, of which
/// rows[0] is the first. Works in strips of columns so narrow that their rows fit into the
/// first-level cache.
void SmoothAlongY(const std::int16_t* weights, Index reach, const std::int16_t* const* rows,
                  Index count, Index width, float unit, Plane<float> to) {
  const Short d;
  const hn::Rebind<float, hn::Half<Short>> df;
  const hn::RebindToSigned<decltype(df)> di;
  const auto n = static_cast<Index>(hn::Lanes(d));
  const auto units = hn::Set(df, unit);
  for (Index strip = 0; strip < width; strip += kLanes) {
    for (Index y = 0; y < count; ++y) {
      const std::int16_t* const* centre = rows + reach + y;
      for (Index x = strip; x < strip + kLanes; x += kVectors * n) {
        hn::Vec<Short> sums[kVectors];
        Convolve<kVectors>(
            weights, reach, [=](Index j) { return centre[j]; }, x, sums);
        for (int v = 0; v < kVectors; ++v) {
          float* at = to.row(y) + x + v * n;
          const auto write = [&](auto half, float* half_at) {
            hn::StoreU(hn::Mul(hn::ConvertTo(df, hn::PromoteTo(di, half)), units), df, half_at);
          };
          write(hn::LowerHalf(sums[v]), at);
          write(hn::UpperHalf(hn::Half<Short>(), sums[v]), at + n / 2);
        }
      }
    }
  }
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(RandomRows);
HWY_EXPORT(SmoothAlongX);
HWY_EXPORT(SmoothAlongY);

void random_rows(std::uint64_t key, std::uint32_t y, Index width, std::int16_t* row_y,
                 std::int16_t* row_x) {
  HWY_DYNAMIC_DISPATCH(RandomRows)(key, y, round_up(width, 128) / 4, row_y, row_x);
}

namespace {

/// `half` times `factor` as 16-bit fixed point with 15 bits after the point, each kSplat times.
AlignedVector<std::int16_t> fixed_point(const std::vector<double>& half, double factor) {
  AlignedVector<std::int16_t> weights;
  for (const double value : half) {
    const double scaled = std::min(value * factor * 32768 + 0.5, 32767.0);
    weights.insert(weights.end(), kSplat, static_cast<std::int16_t>(scaled));
  }
  return weights;
}

/// The largest power of two by which the field, smoothed twice, can be scaled so that 7.5 standard
/// deviations of it, and the scaled weights, fit into 16 bits.
double scale_of_smoothed(const std::vector<double>& half) {
  double squares = -half[0] * half[0];
  for (const double value : half) squares += 2 * value * value;
  // The variance of a uniform number is 1/3. Smoothing along an axis multiplies it by the sum of
  // the squares of the weights.
  constexpr double kDeviations = 7.5 * 0.57735026918962576;
  const double largest = std::min(1.0, kDeviations * squares);
  double scale = 1;
  while (2 * scale * largest * kOne < 32767 && 2 * scale * half[0] < 1) scale *= 2;
  return scale;
}

}  // namespace

void DisplacementField::begin(const DisplacementConfig& config, std::uint64_t key, Index height,
                              Index width) {
  key_ = key;
  height_ = height;
  width_ = width;
  drawn_ = given_ = 0;
  if (config != config_) {
    config_ = config;
    reach_ = config.kernel / 2;
    const auto half = gaussian_half(config.sigma, config.kernel);
    const double scale = scale_of_smoothed(half);
    along_x_ = fixed_point(half, 1);
    along_y_ = fixed_point(half, scale);
    unit_ = static_cast<float>(config.alpha / (kOne * scale));
  }
  stride_ = round_up(width, kLanes);
  const auto band = static_cast<std::size_t>((kBlock + 2 * reach_) * stride_);
  for (auto& axis : band_) axis.resize(std::max(axis.size(), band));
  zeros_.resize(std::max(zeros_.size(), static_cast<std::size_t>(stride_)));
  rows_.resize(static_cast<std::size_t>(kBlock + 2 * reach_));
  // Zeros before the row, for the left half of the window. Those after it are rewritten for each
  // row.
  for (auto& raw : raw_) {
    raw.assign(static_cast<std::size_t>(2 * reach_ + round_up(width, 128) + kLanes), 0);
  }
}

void DisplacementField::next(Index count, Plane<float> dy, Plane<float> dx) {
  const Index capacity = kBlock + 2 * reach_;
  for (const Index last = std::min(given_ + count + reach_, height_); drawn_ < last; ++drawn_) {
    random_rows(key_, static_cast<std::uint32_t>(drawn_), width_, raw_[0].data() + reach_,
                raw_[1].data() + reach_);
    for (std::size_t axis = 0; axis < 2; ++axis) {
      std::fill(raw_[axis].begin() + reach_ + width_, raw_[axis].end(), std::int16_t{0});
      HWY_DYNAMIC_DISPATCH(SmoothAlongX)
      (along_x_.data(), reach_, raw_[axis].data() + reach_, stride_,
       band_[axis].data() + drawn_ % capacity * stride_);
    }
  }
  for (std::size_t axis = 0; axis < 2; ++axis) {
    for (Index i = 0; i < count + 2 * reach_; ++i) {
      const Index y = given_ - reach_ + i;
      rows_[static_cast<std::size_t>(i)] =
          y < 0 || y >= height_ ? zeros_.data() : band_[axis].data() + y % capacity * stride_;
    }
    HWY_DYNAMIC_DISPATCH(SmoothAlongY)
    (along_y_.data(), reach_, rows_.data(), count, stride_, unit_, axis == 0 ? dy : dx);
  }
  given_ += count;
}

}  // namespace unetflow
#endif
