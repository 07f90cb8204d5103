#include "sample/resample.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "image/mirror.hpp"
#include "sample/displacement.hpp"

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
                    std::int32_t* HWY_RESTRICT whole, float* HWY_RESTRICT share) {
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
    hn::StoreU(hn::Sub(displacement, below), d, share + x);
    hn::StoreU(hn::Add(pixel, hn::BitCast(di, hn::Add(below, magic))), di, whole + x);
    at = hn::Add(at, lanes);
    pixel = hn::Add(pixel, steps);
  }
}

/// Where in the plane the upper left of four neighbours lies; negative when one of them is outside.
void Offsets(const std::int32_t* HWY_RESTRICT y, const std::int32_t* HWY_RESTRICT x, Index width,
             std::int32_t origin_y, std::int32_t origin_x, std::int32_t last_y, std::int32_t last_x,
             std::int32_t stride, std::int32_t* HWY_RESTRICT offset) {
  const Signed di;
  for (Index i = 0; i < width; i += static_cast<Index>(hn::Lanes(di))) {
    const auto row = hn::Sub(hn::LoadU(di, y + i), hn::Set(di, origin_y));
    const auto column = hn::Sub(hn::LoadU(di, x + i), hn::Set(di, origin_x));
    // The sign of a difference tells.
    const auto outside = hn::Or(hn::Or(row, hn::Sub(hn::Set(di, last_y - 1), row)),
                                hn::Or(column, hn::Sub(hn::Set(di, last_x - 1), column)));
    const auto at = hn::Add(hn::Mul(row, hn::Set(di, stride)), column);
    hn::StoreU(hn::Or(at, hn::ShiftRight<31>(outside)), di, offset + i);
  }
}

void Interpolate(const float* HWY_RESTRICT upper, const float* HWY_RESTRICT lower,
                 const float* HWY_RESTRICT share_y, const float* HWY_RESTRICT share_x, Index width,
                 float* HWY_RESTRICT out) {
  const Float d;
  const auto n = static_cast<Index>(hn::Lanes(d));
  const auto between = [](auto a, auto b, auto share) {
    return hn::Add(a, hn::Mul(share, hn::Sub(b, a)));
  };
  const auto values = [&](Index x) {
    hn::Vec<Float> left, right, lower_left, lower_right;
    hn::LoadInterleaved2(d, upper + 2 * x, left, right);
    hn::LoadInterleaved2(d, lower + 2 * x, lower_left, lower_right);
    const auto along = hn::LoadU(d, share_x + x);
    return between(between(left, right, along), between(lower_left, lower_right, along),
                   hn::LoadU(d, share_y + x));
  };
  Index x = 0;
  for (; x + n <= width; x += n) hn::StoreU(values(x), d, out + x);
  if (x < width) {
    float last[16];
    hn::StoreU(values(x), d, last);
    std::copy_n(last, width - x, out + x);
  }
}

/// The class of each place from its four neighbours' classes, bytes in raster order.
void Vote(const std::uint32_t* HWY_RESTRICT corners, const float* HWY_RESTRICT share_y,
          const float* HWY_RESTRICT share_x, Index width, std::uint8_t* HWY_RESTRICT out) {
  const Float d;
  const Unsigned du;
  const hn::Rebind<std::uint8_t, Unsigned> d8;
  const auto byte = hn::Set(du, 0xFFu);
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(d))) {
    const auto four = hn::LoadU(du, corners + x);
    auto best = hn::And(four, byte);
    if (!hn::AllTrue(du, hn::Eq(four, hn::RotateRight<8>(four)))) {
      const auto y1 = hn::LoadU(d, share_y + x), x1 = hn::LoadU(d, share_x + x);
      const auto y0 = hn::Sub(hn::Set(d, 1), y1), x0 = hn::Sub(hn::Set(d, 1), x1);
      const hn::Vec<Float> weight[4] = {hn::Mul(y0, x0), hn::Mul(y0, x1), hn::Mul(y1, x0),
                                        hn::Mul(y1, x1)};
      const hn::Vec<Unsigned> id[4] = {best, hn::And(hn::ShiftRight<8>(four), byte),
                                       hn::And(hn::ShiftRight<16>(four), byte),
                                       hn::ShiftRight<24>(four)};
      const auto total = [&](int k) {  // equal classes sum up equal terms in equal order
        auto sum = hn::Zero(d);
        for (int j = 0; j < 4; ++j) {
          sum =
              hn::Add(sum, hn::IfThenElseZero(hn::RebindMask(d, hn::Eq(id[j], id[k])), weight[j]));
        }
        return sum;
      };
      auto most = total(0);
      for (int k = 1; k < 4; ++k) {
        const auto sum = total(k);
        const auto smaller = hn::RebindMask(d, hn::Gt(best, id[k]));
        const auto wins = hn::Or(hn::Gt(sum, most), hn::And(hn::Eq(sum, most), smaller));
        most = hn::IfThenElse(wins, sum, most);
        best = hn::IfThenElse(hn::RebindMask(du, wins), id[k], best);
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
HWY_EXPORT(Offsets);
HWY_EXPORT(Interpolate);
HWY_EXPORT(Vote);

namespace {

template <class T>
void grow(std::vector<T>& buffer, Index size) {
  buffer.resize(std::max(buffer.size(), static_cast<std::size_t>(size)));
}

/// The four pixels around a place, each reflected into the plane.
template <class T>
std::array<T, 4> reflected(Plane<const T> plane, Index y, Index x) {
  const T* upper = plane.row(mirror_index(y, plane.height));
  const T* lower = plane.row(mirror_index(y + 1, plane.height));
  const Index left = mirror_index(x, plane.width), right = mirror_index(x + 1, plane.width);
  return {upper[left], upper[right], lower[left], lower[right]};
}

}  // namespace

void map_coordinates(const RigidMotion& motion, const float* dy, const float* dx, Index y,
                     Index height, Index width, CoordinateRow& row) {
  // Room for a vector that begins at any place of the row.
  const Index size = round_up(width, kLanes) + kLanes;
  grow(row.y, size);
  grow(row.x, size);
  grow(row.share_y, size);
  grow(row.share_x, size);
  const double from_centre = static_cast<double>(y) - static_cast<double>(height - 1) / 2;
  const auto centre = static_cast<float>(width - 1) / 2;
  const auto map = [&](double slope, double constant, const float* d, Index first, int step,
                       std::vector<std::int32_t>& whole, std::vector<float>& share) {
    HWY_DYNAMIC_DISPATCH(MapCoordinates)
    (static_cast<float>(slope), centre, static_cast<float>(constant), d,
     static_cast<std::int32_t>(first), step, width, whole.data(), share.data());
  };
  map(motion.sine, (motion.cosine - 1) * from_centre + motion.shift_y, dy, y, 0, row.y,
      row.share_y);
  map(motion.cosine - 1, -motion.sine * from_centre + motion.shift_x, dx, 0, 1, row.x, row.share_x);
}

void resample(Plane<const float> source, const CoordinateRow& row, Index width, float* out,
              ResampleWorkspace& workspace) {
  const Index size = round_up(width, kLanes);
  grow(workspace.offset, size);
  grow(workspace.upper, 2 * size);
  grow(workspace.lower, 2 * size);
  HWY_DYNAMIC_DISPATCH(Offsets)
  (row.y.data(), row.x.data(), width, 0, 0, static_cast<std::int32_t>(source.height - 1),
   static_cast<std::int32_t>(source.width - 1), static_cast<std::int32_t>(source.stride),
   workspace.offset.data());
  // Two neighbours are one 64-bit load: half as many as vector gathers make.
  float* upper = workspace.upper.data();
  float* lower = workspace.lower.data();
  for (Index i = 0; i < width; ++i) {
    const std::int32_t offset = workspace.offset[static_cast<std::size_t>(i)];
    if (offset >= 0) [[likely]] {
      std::memcpy(upper + 2 * i, source.data + offset, 2 * sizeof(float));
      std::memcpy(lower + 2 * i, source.data + offset + source.stride, 2 * sizeof(float));
    } else {
      const auto four =
          reflected(source, row.y[static_cast<std::size_t>(i)], row.x[static_cast<std::size_t>(i)]);
      std::copy_n(four.data(), 2, upper + 2 * i);
      std::copy_n(four.data() + 2, 2, lower + 2 * i);
    }
  }
  HWY_DYNAMIC_DISPATCH(Interpolate)
  (upper, lower, row.share_y.data(), row.share_x.data(), width, out);
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
  const float* shares_y = row.share_y.data() + margin_x;
  const float* shares_x = row.share_x.data() + margin_x;
  HWY_DYNAMIC_DISPATCH(Offsets)
  (ys, xs, width, static_cast<std::int32_t>(margin_y), static_cast<std::int32_t>(margin_x),
   static_cast<std::int32_t>(label.height - 1), static_cast<std::int32_t>(label.width - 1),
   static_cast<std::int32_t>(label.stride), workspace.offset.data());
  auto* corners = reinterpret_cast<std::uint8_t*>(workspace.corners.data());
  for (Index i = 0; i < width; ++i) {
    const std::int32_t offset = workspace.offset[static_cast<std::size_t>(i)];
    if (offset >= 0) [[likely]] {
      std::memcpy(corners + 4 * i, label.data + offset, 2);
      std::memcpy(corners + 4 * i + 2, label.data + offset + label.stride, 2);
    } else {
      const auto four = reflected(label, ys[i] - margin_y, xs[i] - margin_x);
      std::copy_n(four.data(), 4, corners + 4 * i);
    }
  }
  HWY_DYNAMIC_DISPATCH(Vote)
  (workspace.corners.data(), shares_y, shares_x, width, workspace.classes.data());
  std::copy_n(workspace.classes.data(), width, out_label);
  if (instances.empty()) return;

  for (Index i = 0; i < width; ++i) {
    out_instances[i] = 0;
    if (out_label[i] == 0) continue;
    const auto four = reflected(instances, ys[i] - margin_y, xs[i] - margin_x);
    const float y1 = shares_y[i], x1 = shares_x[i], y0 = 1 - y1, x0 = 1 - x1;
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
