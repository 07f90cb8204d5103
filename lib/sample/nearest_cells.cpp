#include "sample/nearest_cells.hpp"

#include <algorithm>
#include <limits>

#include "sample/displacement.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/nearest_cells.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::CappedTag<float, 16>;
using Unsigned = hn::RebindToUnsigned<Float>;

struct TwoCells {
  hn::Vec<Float> distance1, distance2;
  hn::Vec<Unsigned> cell1, cell2;
};

HWY_INLINE TwoCells Load(const ColumnsRow& row, Index x) {
  const Float d;
  const Unsigned du;
  return {hn::LoadU(d, row.distance1 + x), hn::LoadU(d, row.distance2 + x),
          hn::LoadU(du, row.cell1 + x), hn::LoadU(du, row.cell2 + x)};
}

HWY_INLINE void Store(const TwoCells& two, const ColumnsRow& row, Index x) {
  const Float d;
  const Unsigned du;
  hn::StoreU(two.distance1, d, row.distance1 + x);
  hn::StoreU(two.distance2, d, row.distance2 + x);
  hn::StoreU(two.cell1, du, row.cell1 + x);
  hn::StoreU(two.cell2, du, row.cell2 + x);
}

/// One pixel further along the column, where `border` is a cell's border or 0.
HWY_INLINE void Step(TwoCells& two, hn::Vec<Unsigned> border) {
  const Float d;
  const Unsigned du;
  const auto one = hn::Set(d, 1);
  two.distance1 = hn::Add(two.distance1, one);
  two.distance2 = hn::Add(two.distance2, one);
  const auto on_border = hn::Ne(border, hn::Zero(du));
  const auto other = hn::And(on_border, hn::Ne(border, two.cell1));
  two.distance2 = hn::IfThenElse(hn::RebindMask(d, other), two.distance1, two.distance2);
  two.cell2 = hn::IfThenElse(other, two.cell1, two.cell2);
  two.distance1 = hn::IfThenElse(hn::RebindMask(d, on_border), hn::Zero(d), two.distance1);
  two.cell1 = hn::IfThenElse(on_border, border, two.cell1);
}

/// Takes one more cell in.
HWY_INLINE void Insert(TwoCells& two, hn::Vec<Float> distance, hn::Vec<Unsigned> cell) {
  const Float d;
  const Unsigned du;
  const auto other = hn::Ne(cell, two.cell1);
  const auto first = hn::Lt(distance, two.distance1);
  const auto pushes = hn::And(hn::RebindMask(du, first), other);
  const auto second =
      hn::AndNot(hn::RebindMask(du, first),
                 hn::And(other, hn::RebindMask(du, hn::Lt(distance, two.distance2))));
  const auto fd = [&](auto mask) { return hn::RebindMask(d, mask); };
  two.distance2 = hn::IfThenElse(fd(pushes), two.distance1,
                                 hn::IfThenElse(fd(second), distance, two.distance2));
  two.cell2 = hn::IfThenElse(pushes, two.cell1, hn::IfThenElse(second, cell, two.cell2));
  two.distance1 = hn::IfThenElse(first, distance, two.distance1);
  two.cell1 = hn::IfThenElse(hn::RebindMask(du, first), cell, two.cell1);
}

/// Carries `state` over one row; writes what it is then to `row` as well, unless null.
void StepRow(const std::uint32_t* HWY_RESTRICT border, Index width, const ColumnsRow& state,
             const ColumnsRow* row) {
  const Unsigned du;
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(du))) {
    TwoCells two = Load(state, x);
    Step(two, hn::LoadU(du, border + x));
    Store(two, state, x);
    if (row != nullptr) Store(two, *row, x);
  }
}

/// Carries `state` over one row from the other side, joins it with what `row` knows, and squares
/// the distances there.
void StepAndJoinRow(const std::uint32_t* HWY_RESTRICT border, Index width, const ColumnsRow& state,
                    const ColumnsRow& row) {
  const Unsigned du;
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(du))) {
    TwoCells two = Load(state, x);
    Step(two, hn::LoadU(du, border + x));
    Store(two, state, x);
    TwoCells both = Load(row, x);
    Insert(both, two.distance1, two.cell1);
    Insert(both, two.distance2, two.cell2);
    both.distance1 = hn::Mul(both.distance1, both.distance1);
    both.distance2 = hn::Mul(both.distance2, both.distance2);
    Store(both, row, x);
  }
}

/// The row's squared distances from those along the columns, looking outwards from each pixel.
/// `row` is padded by `reach` columns on both sides.
void AlongRow(const ColumnsRow& row, Index width, Index reach, float* HWY_RESTRICT d1,
              float* HWY_RESTRICT d2) {
  const Float d;
  const Unsigned du;
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(d))) {
    auto nearest = hn::LoadU(d, row.distance1 + x);
    auto second = hn::LoadU(d, row.distance2 + x);
    auto cell = hn::LoadU(du, row.cell1 + x);
    for (Index step = 1; step <= reach; ++step) {
      const auto away = static_cast<float>(step), left = static_cast<float>(reach - step);
      const auto square = hn::Set(d, away * away);
      // What is still to come is at least `step` away. Done where that is no nearer than the
      // second, or makes a sum beyond reach.
      const auto open = hn::And(hn::Gt(second, square),
                                hn::Le(hn::Min(nearest, square), hn::Set(d, left * left)));
      if (hn::AllFalse(d, open)) break;
      const auto take = [&](const float* distances, const std::uint32_t* cells, Index at) {
        const auto distance = hn::Add(hn::LoadU(d, distances + at), square);
        const auto candidate = hn::LoadU(du, cells + at);
        const auto same = hn::RebindMask(d, hn::Eq(candidate, cell));
        // Of another cell, the farther of it and the nearest so far may be the second.
        second = hn::Min(second, hn::IfThenElse(same, second, hn::Max(distance, nearest)));
        cell = hn::IfThenElse(hn::RebindMask(du, hn::Lt(distance, nearest)), candidate, cell);
        nearest = hn::Min(nearest, distance);
      };
      take(row.distance1, row.cell1, x - step);
      take(row.distance1, row.cell1, x + step);
      take(row.distance2, row.cell2, x - step);
      take(row.distance2, row.cell2, x + step);
    }
    hn::StoreU(nearest, d, d1 + x);
    hn::StoreU(second, d, d2 + x);
  }
}

/// out = the cell of pixels that have another beside, above or below them, 0 elsewhere. Beyond the
/// picture's frame nothing is other: rows there are given as the row itself.
void BorderRow(const std::uint32_t* row, const std::uint32_t* above, const std::uint32_t* below,
               Index width, std::uint32_t* HWY_RESTRICT out) {
  const auto at = [&](Index x, Index left, Index right) {
    const std::uint32_t cell = row[x];
    const std::uint32_t differs =
        (row[left] ^ cell) | (row[right] ^ cell) | (above[x] ^ cell) | (below[x] ^ cell);
    return differs != 0 ? cell : 0;
  };
  const Index last = width - 1;
  out[0] = at(0, 0, std::min<Index>(1, last));
  for (Index x = 1; x < last; ++x) out[x] = at(x, x - 1, x + 1);
  if (last > 0) out[last] = at(last, last - 1, last);
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(StepRow);
HWY_EXPORT(StepAndJoinRow);
HWY_EXPORT(AlongRow);
HWY_EXPORT(BorderRow);

void NearestCells::begin(Plane<const std::uint32_t> cells, Index reach) {
  height_ = cells.height;
  width_ = cells.width;
  reach_ = reach;
  given_ = 0;
  stride_ = round_up(width_, kLanes);
  border_.assign(static_cast<std::size_t>(height_ * stride_), 0);
  for (Index y = 0; y < height_; ++y) {
    HWY_DYNAMIC_DISPATCH(BorderRow)
    (cells.row(y), cells.row(std::max<Index>(y - 1, 0)), cells.row(std::min(y + 1, height_ - 1)),
     width_, border_.data() + y * stride_);
  }
  const auto size = static_cast<std::size_t>((kBlock + 2) * 2 * (stride_ + 2 * reach_));
  distances_.assign(size, std::numeric_limits<float>::infinity());
  cells_.assign(size, 0);
}

ColumnsRow NearestCells::columns(Index i) {
  const Index length = stride_ + 2 * reach_;
  float* distance = distances_.data() + 2 * i * length + reach_;
  std::uint32_t* cell = cells_.data() + 2 * i * length + reach_;
  return {distance, distance + length, cell, cell + length};
}

void NearestCells::begin_block() {
  const ColumnsRow down = columns(kBlock), up = columns(kBlock + 1);
  const Index end = std::min(given_ + kBlock, height_);
  const auto border = [&](Index y) { return border_.data() + y * stride_; };
  for (Index y = given_; y < end; ++y) {
    const ColumnsRow row = columns(y - given_);
    HWY_DYNAMIC_DISPATCH(StepRow)(border(y), stride_, down, &row);
  }
  // Cells further below than reach are no cells to this block.
  std::fill_n(up.distance1, stride_, std::numeric_limits<float>::infinity());
  std::fill_n(up.distance2, stride_, std::numeric_limits<float>::infinity());
  for (Index y = std::min(end + reach_, height_) - 1; y >= end; --y) {
    HWY_DYNAMIC_DISPATCH(StepRow)(border(y), stride_, up, nullptr);
  }
  for (Index y = end - 1; y >= given_; --y) {
    HWY_DYNAMIC_DISPATCH(StepAndJoinRow)(border(y), stride_, up, columns(y - given_));
  }
}

void NearestCells::next(float* d1, float* d2) {
  if (given_ % kBlock == 0) begin_block();
  HWY_DYNAMIC_DISPATCH(AlongRow)(columns(given_ % kBlock), stride_, reach_, d1, d2);
  ++given_;
}

}  // namespace unetflow
#endif
