#include "sample/resample.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "image/mirror.hpp"
#include "simd/lanes.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/resample.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::CappedTag<float, 16>;
using Signed = hn::RebindToSigned<Float>;
using Unsigned = hn::RebindToUnsigned<Float>;

/// Along one axis: displacement = slope * (x - centre) + constant + d[x].
void MapCoordinates(float slope, float centre, float constant, const float* HWY_RESTRICT d_row,
                    std::int32_t first, std::int32_t step, Index width,
                    std::int32_t* HWY_RESTRICT whole, float* HWY_RESTRICT fraction) {
  const Float d;
  const Signed di;
  const auto n = static_cast<Index>(hn::Lanes(d));
  const auto slopes = hn::Set(d, slope), constants = hn::Set(d, constant);
  // Whole numbers below 2^22 are the last bits of their sum with 1.5 * 2^23.
  constexpr float kMagic = 12582912;
  constexpr std::int32_t kMagicBits = 0x4B400000;
  const auto magic = hn::Set(d, kMagic);
  const auto steps = hn::Set(di, step * static_cast<std::int32_t>(n));
  const auto lanes = hn::Set(d, static_cast<float>(n));
  auto at = hn::Iota(d, -centre);
  auto pixel = hn::Set(di, first - kMagicBits);
  if (step != 0) pixel = hn::Iota(di, first - kMagicBits);
  for (Index x = 0; x < width; x += n) {
    const auto displacement =
        hn::Add(hn::Add(hn::Mul(slopes, at), constants), hn::LoadU(d, d_row + x));
    const auto below = hn::Floor(displacement);
    hn::StoreU(hn::Sub(displacement, below), d, fraction + x);
    hn::StoreU(hn::Add(pixel, hn::BitCast(di, hn::Add(below, magic))), di, whole + x);
    at = hn::Add(at, lanes);
    pixel = hn::Add(pixel, steps);
  }
}

/// The offset in the plane of the upper left of four neighbours; negative if one of them is
/// outside.
template <class T>
HWY_INLINE void Offsets(Plane<const T> plane, const std::int32_t* HWY_RESTRICT y,
                        const std::int32_t* HWY_RESTRICT x, Index width, Index origin_y,
                        Index origin_x, std::int32_t* HWY_RESTRICT offset) {
  const Signed di;
  const auto set = [&](Index value) { return hn::Set(di, static_cast<std::int32_t>(value)); };
  const auto last_row = set(plane.height - 2), last_column = set(plane.width - 2);
  for (Index i = 0; i < width; i += static_cast<Index>(hn::Lanes(di))) {
    const auto row = hn::Sub(hn::LoadU(di, y + i), set(origin_y));
    const auto column = hn::Sub(hn::LoadU(di, x + i), set(origin_x));
    // Outside is where one of these is negative.
    const auto outside =
        hn::Or(hn::Or(row, hn::Sub(last_row, row)), hn::Or(column, hn::Sub(last_column, column)));
    const auto at = hn::Add(hn::Mul(row, set(plane.stride)), column);
    hn::StoreU(hn::Or(at, hn::ShiftRight<31>(outside)), di, offset + i);
  }
}

HWY_INLINE bool AllInside(const std::int32_t* offset) {
  const Signed di;
  return hn::AllFalse(di, hn::Lt(hn::LoadU(di, offset), hn::Zero(di)));
}

/// The numbers at base + offset[0] and base + offset[2], each with the next one, and so on for
/// every four offsets. One 64-bit load per pair: vector gathers would make two.
template <class D64>
HWY_INLINE hn::Vec<D64> Pairs(D64 d, const float* HWY_RESTRICT base,
                              const std::int32_t* HWY_RESTRICT offset) {
  const hn::Half<D64> half;
  if constexpr (hn::MaxLanes(d) == 2) {
    const auto pair = [&](std::int32_t at) {
      return hn::LoadU(half, reinterpret_cast<const std::uint64_t*>(base + at));
    };
    return hn::Combine(d, pair(offset[2]), pair(offset[0]));
  } else {
    constexpr std::size_t kHalf = hn::MaxLanes(d);
    return hn::Combine(d, Pairs(half, base, offset + kHalf), Pairs(half, base, offset));
  }
}

void Resample(Plane<const float> source, const std::int32_t* HWY_RESTRICT y,
              const std::int32_t* HWY_RESTRICT x, const float* HWY_RESTRICT fraction_y,
              const float* HWY_RESTRICT fraction_x, Index width, std::int32_t* HWY_RESTRICT offset,
              float* HWY_RESTRICT out) {
  const Float d;
  const hn::Repartition<std::uint64_t, Float> d64;
  const auto n = static_cast<Index>(hn::Lanes(d));
  const auto between = [](auto a, auto b, auto fraction) {
    return hn::Add(a, hn::Mul(fraction, hn::Sub(b, a)));
  };
  const auto along_x = [&](const float* base, const std::int32_t* at, auto fraction) {
    const auto even = hn::BitCast(d, Pairs(d64, base, at));
    const auto odd = hn::BitCast(d, Pairs(d64, base, at + 1));
    const auto first_two = hn::BitCast(d64, hn::InterleaveLower(d, even, odd));
    const auto last_two = hn::BitCast(d64, hn::InterleaveUpper(d, even, odd));
    return between(hn::BitCast(d, hn::InterleaveLower(d64, first_two, last_two)),
                   hn::BitCast(d, hn::InterleaveUpper(d64, first_two, last_two)), fraction);
  };
  const auto values = [&](const float* upper, const float* lower, const std::int32_t* at, Index i) {
    const auto fraction = hn::LoadU(d, fraction_x + i);
    return between(along_x(upper, at, fraction), along_x(lower, at, fraction),
                   hn::LoadU(d, fraction_y + i));
  };
  Offsets(source, y, x, width, 0, 0, offset);
  for (Index i = 0; i < width; i += n) {
    const Index some = std::min(n, width - i);
    if (some == n && AllInside(offset + i)) [[likely]] {
      hn::StoreU(values(source.data, source.data + source.stride, offset + i, i), d, out + i);
      continue;
    }
    float upper[32] = {}, lower[32] = {}, last[16];
    for (Index lane = 0; lane < some; ++lane) {
      const auto four = reflected(source, y[i + lane], x[i + lane]);
      std::copy_n(four.data(), 2, upper + 2 * lane);
      std::copy_n(four.data() + 2, 2, lower + 2 * lane);
    }
    static constexpr std::int32_t kEvery[] = {0,  2,  4,  6,  8,  10, 12, 14,
                                              16, 18, 20, 22, 24, 26, 28, 30};
    hn::StoreU(values(upper, lower, kEvery, i), d, last);
    std::copy_n(last, some, out + i);
  }
}

/// The classes of the four neighbours of each place, one byte each, in raster order.
void Corners(Plane<const std::uint8_t> label, const std::int32_t* HWY_RESTRICT y,
             const std::int32_t* HWY_RESTRICT x, Index origin_y, Index origin_x,
             std::int32_t* HWY_RESTRICT offset, std::uint32_t* HWY_RESTRICT corners) {
  constexpr Index n = hn::MaxLanes(Signed());
  const std::uint8_t *upper = label.data, *lower = label.data + label.stride;
  const auto two = [](const std::uint8_t* at) {
    std::uint16_t pair;
    std::memcpy(&pair, at, 2);
    return std::uint32_t{pair};
  };
  Offsets(label, y, x, label.width, origin_y, origin_x, offset);
  for (Index i = 0; i < label.width; i += n) {
    if (AllInside(offset + i)) [[likely]] {
      for (Index lane = 0; lane < n; ++lane) {
        const std::int32_t at = offset[i + lane];
        corners[i + lane] = two(upper + at) | two(lower + at) << 16;
      }
      continue;
    }
    for (Index lane = 0; lane < n; ++lane) {
      const auto four = reflected(label, y[i + lane] - origin_y, x[i + lane] - origin_x);
      std::memcpy(corners + i + lane, four.data(), 4);
    }
  }
}

/// The class of each place from the classes of its four neighbours, one byte each, in raster order.
void Vote(const std::uint32_t* HWY_RESTRICT corners, const float* HWY_RESTRICT fraction_y,
          const float* HWY_RESTRICT fraction_x, Index width, std::uint8_t* HWY_RESTRICT out) {
  const Float d;
  const Unsigned du;
  const hn::Rebind<std::uint8_t, Unsigned> d8;
  const auto byte = hn::Set(du, 0xFFu);
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(d))) {
    const auto four = hn::LoadU(du, corners + x);
    auto best = hn::And(four, byte);
    if (!hn::AllTrue(du, hn::Eq(four, hn::RotateRight<8>(four)))) {
      const auto y1 = hn::LoadU(d, fraction_y + x), x1 = hn::LoadU(d, fraction_x + x);
      const auto y0 = hn::Sub(hn::Set(d, 1), y1), x0 = hn::Sub(hn::Set(d, 1), x1);
      const hn::Vec<Float> weight[4] = {hn::Mul(y0, x0), hn::Mul(y0, x1), hn::Mul(y1, x0),
                                        hn::Mul(y1, x1)};
      const hn::Vec<Unsigned> id[4] = {best, hn::And(hn::ShiftRight<8>(four), byte),
                                       hn::And(hn::ShiftRight<16>(four), byte),
                                       hn::ShiftRight<24>(four)};
      const auto total = [&](auto candidate) {  // in the same order for equal classes
        auto sum = hn::Zero(d);
        for (int j = 0; j < 4; ++j) {
          sum = hn::Add(sum,
                        hn::IfThenElseZero(hn::RebindMask(d, hn::Eq(id[j], candidate)), weight[j]));
        }
        return sum;
      };
      const auto smallest = hn::Min(hn::Min(id[0], id[1]), hn::Min(id[2], id[3]));
      const auto largest = hn::Max(hn::Max(id[0], id[1]), hn::Max(id[2], id[3]));
      best = smallest;
      auto most = total(best);
      const auto consider = [&](auto candidate) {
        const auto sum = total(candidate);
        const auto smaller = hn::RebindMask(d, hn::Lt(candidate, best));
        const auto wins = hn::Or(hn::Gt(sum, most), hn::And(hn::Eq(sum, most), smaller));
        most = hn::IfThenElse(wins, sum, most);
        best = hn::IfThenElse(hn::RebindMask(du, wins), candidate, best);
      };
      consider(largest);
      const auto known = [&](auto each) {
        return hn::Or(hn::Eq(each, smallest), hn::Eq(each, largest));
      };
      if (!hn::AllTrue(du, hn::And(hn::And(known(id[0]), known(id[1])),
                                   hn::And(known(id[2]), known(id[3]))))) {
        for (const auto each : id) consider(each);
      }
    }
    hn::StoreU(hn::TruncateTo(d8, best), d8, out + x);
  }
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(MapCoordinates);
HWY_EXPORT(Resample);
HWY_EXPORT(Corners);
HWY_EXPORT(Vote);

namespace {

template <class T>
void grow(AlignedVector<T>& buffer, Index size) {
  buffer.resize(std::max(buffer.size(), static_cast<std::size_t>(size)));
}

}  // namespace

void map_coordinates(const RigidMotion& motion, const float* dy, const float* dx, Index y,
                     Index height, Index width, CoordinateRow& row) {
  // Room for a vector that begins at any place of the row.
  const Index size = round_up(width, kLanes) + kLanes;
  grow(row.y, size);
  grow(row.x, size);
  grow(row.fraction_y, size);
  grow(row.fraction_x, size);
  const double from_centre = static_cast<double>(y) - static_cast<double>(height - 1) / 2;
  const auto centre = static_cast<float>(width - 1) / 2;
  const auto map = [&](double slope, double constant, const float* d, Index first, int step,
                       AlignedVector<std::int32_t>& whole, AlignedVector<float>& fraction) {
    HWY_DYNAMIC_DISPATCH(MapCoordinates)
    (static_cast<float>(slope), centre, static_cast<float>(constant), d,
     static_cast<std::int32_t>(first), step, width, whole.data(), fraction.data());
  };
  map(motion.sine, (motion.cosine - 1) * from_centre + motion.shift_y, dy, y, 0, row.y,
      row.fraction_y);
  map(motion.cosine - 1, -motion.sine * from_centre + motion.shift_x, dx, 0, 1, row.x,
      row.fraction_x);
}

void resample(Plane<const float> source, const CoordinateRow& row, Index width, float* out,
              ResampleWorkspace& workspace) {
  grow(workspace.offset, round_up(width, kLanes));
  HWY_DYNAMIC_DISPATCH(Resample)
  (source, row.y.data(), row.x.data(), row.fraction_y.data(), row.fraction_x.data(), width,
   workspace.offset.data(), out);
}

void resample_labels(Plane<const std::uint8_t> label, Plane<const std::uint32_t> instances,
                     const CoordinateRow& row, Index margin_y, Index margin_x,
                     std::uint8_t* out_label, std::uint32_t* out_instances,
                     ResampleWorkspace& workspace) {
  const Index width = label.width;
  const Index size = round_up(width, kLanes);
  grow(workspace.offset, size);
  grow(workspace.corners, size);
  grow(workspace.classes, size);
  const std::int32_t* ys = row.y.data() + margin_x;
  const std::int32_t* xs = row.x.data() + margin_x;
  const float* fractions_y = row.fraction_y.data() + margin_x;
  const float* fractions_x = row.fraction_x.data() + margin_x;
  HWY_DYNAMIC_DISPATCH(Corners)
  (label, ys, xs, margin_y, margin_x, workspace.offset.data(), workspace.corners.data());
  HWY_DYNAMIC_DISPATCH(Vote)
  (workspace.corners.data(), fractions_y, fractions_x, width, workspace.classes.data());
  std::copy_n(workspace.classes.data(), width, out_label);
  if (instances.empty()) return;

  const auto* corners = reinterpret_cast<const std::uint8_t*>(workspace.corners.data());
  for (Index i = 0; i < width; ++i) {
    out_instances[i] = 0;
    if (out_label[i] == 0) continue;
    const auto four = reflected(instances, ys[i] - margin_y, xs[i] - margin_x);
    const float y1 = fractions_y[i], x1 = fractions_x[i], y0 = 1 - y1, x0 = 1 - x1;
    const float weight[4] = {y0 * x0, y0 * x1, y1 * x0, y1 * x1};
    float most = -1;
    for (int k = 0; k < 4; ++k) {
      if (corners[4 * i + k] == out_label[i] && weight[k] > most) {
        most = weight[k];
        out_instances[i] = four[static_cast<std::size_t>(k)];
      }
    }
  }
}

}  // namespace unetflow
#endif
