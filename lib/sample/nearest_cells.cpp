#include "sample/nearest_cells.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "simd/lanes.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/nearest_cells.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class Number>
using Lanes = hn::CappedTag<Number, 64 / sizeof(Number)>;

template <class Number>
struct TwoCells {
  hn::Vec<Lanes<Number>> distance1, distance2, cell1, cell2;
};

template <class Number>
HWY_INLINE TwoCells<Number> Load(const ColumnsRow<Number>& row, Index x) {
  const Lanes<Number> d;
  return {hn::LoadU(d, row.distance1 + x), hn::LoadU(d, row.distance2 + x),
          hn::LoadU(d, row.cell1 + x), hn::LoadU(d, row.cell2 + x)};
}

template <class Number>
HWY_INLINE void Store(const TwoCells<Number>& two, const ColumnsRow<Number>& row, Index x) {
  const Lanes<Number> d;
  hn::StoreU(two.distance1, d, row.distance1 + x);
  hn::StoreU(two.distance2, d, row.distance2 + x);
  hn::StoreU(two.cell1, d, row.cell1 + x);
  hn::StoreU(two.cell2, d, row.cell2 + x);
}

/// One step along the column, to a pixel whose border cell is `border`, or 0. Distances are counted
/// up to `far`.
template <class Number, class V>
HWY_INLINE void Step(TwoCells<Number>& two, V border, V far) {
  const Lanes<Number> d;
  const auto one = hn::Set(d, 1);
  two.distance1 = hn::Min(hn::Add(two.distance1, one), far);
  two.distance2 = hn::Min(hn::Add(two.distance2, one), far);
  const auto on_border = hn::Ne(border, hn::Zero(d));
  const auto other = hn::And(on_border, hn::Ne(border, two.cell1));
  two.distance2 = hn::IfThenElse(other, two.distance1, two.distance2);
  two.cell2 = hn::IfThenElse(other, two.cell1, two.cell2);
  two.distance1 = hn::IfThenZeroElse(on_border, two.distance1);
  two.cell1 = hn::IfThenElse(on_border, border, two.cell1);
}

/// Considers one more candidate.
template <class Number, class V>
HWY_INLINE void Insert(TwoCells<Number>& two, V distance, V cell) {
  const auto other = hn::Ne(cell, two.cell1);
  const auto first = hn::Lt(distance, two.distance1);
  const auto pushes = hn::And(first, other);
  const auto second = hn::AndNot(first, hn::And(other, hn::Lt(distance, two.distance2)));
  two.distance2 =
      hn::IfThenElse(pushes, two.distance1, hn::IfThenElse(second, distance, two.distance2));
  two.cell2 = hn::IfThenElse(pushes, two.cell1, hn::IfThenElse(second, cell, two.cell2));
  two.distance1 = hn::IfThenElse(first, distance, two.distance1);
  two.cell1 = hn::IfThenElse(first, cell, two.cell1);
}

/// Moves `state` on by one row; also writes it to `row`, unless null.
template <class Number>
void StepRow(const Number* HWY_RESTRICT border, Index width, Number far,
             const ColumnsRow<Number>& state, const ColumnsRow<Number>* row) {
  const Lanes<Number> d;
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(d))) {
    auto two = Load(state, x);
    Step(two, hn::LoadU(d, border + x), hn::Set(d, far));
    Store(two, state, x);
    if (row != nullptr) Store(two, *row, x);
  }
}

/// Moves `state` on by one row in the other direction, merges it into `row`, and squares the
/// distances there.
template <class Number>
void StepAndJoinRow(const Number* HWY_RESTRICT border, Index width, Number far,
                    const ColumnsRow<Number>& state, const ColumnsRow<Number>& row) {
  const Lanes<Number> d;
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(d))) {
    auto two = Load(state, x);
    Step(two, hn::LoadU(d, border + x), hn::Set(d, far));
    Store(two, state, x);
    auto both = Load(row, x);
    Insert(both, two.distance1, two.cell1);
    Insert(both, two.distance2, two.cell2);
    both.distance1 = hn::Mul(both.distance1, both.distance1);
    both.distance2 = hn::Mul(both.distance2, both.distance2);
    Store(both, row, x);
  }
}

/// The candidates of a block's rows: a pass down through them, merged with a pass up that starts
/// `below` rows under them. `border` is the first of `rows + below` rows.
template <class Number>
void Block(const Number* border, Index stride, Index width, Index rows, Index below, Number far,
           const ColumnsOfBlock<Number>& columns) {
  const auto down = columns.row(ColumnsOfBlock<Number>::kDown);
  const auto up = columns.row(ColumnsOfBlock<Number>::kUp);
  for (Index y = 0; y < rows; ++y) {
    const auto row = columns.row(y);
    StepRow(border + y * stride, width, far, down, &row);
  }
  // Cells further below are out of this block's reach.
  std::fill_n(up.distance1, stride, far);
  std::fill_n(up.distance2, stride, far);
  for (Index y = rows + below - 1; y >= rows; --y) {
    StepRow<Number>(border + y * stride, width, far, up, nullptr);
  }
  for (Index y = rows - 1; y >= 0; --y) {
    StepAndJoinRow(border + y * stride, width, far, up, columns.row(y));
  }
}

/// The squared distances of a row's pixels, from the candidates of the columns: each pixel looks
/// outwards. `row` is padded by `reach` columns on both sides.
template <class Number>
void AlongRow(const ColumnsRow<Number>& row, Index width, Index reach, Number* HWY_RESTRICT d1,
              Number* HWY_RESTRICT d2) {
  const Lanes<Number> d;
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(d))) {
    auto nearest = hn::LoadU(d, row.distance1 + x);
    auto second = hn::LoadU(d, row.distance2 + x);
    auto cell = hn::LoadU(d, row.cell1 + x);
    const auto take = [&](auto distance, auto candidate) {
      const auto same = hn::Eq(candidate, cell);
      // If it is another cell, the farther of the candidate and the nearest may be the second.
      second = hn::Min(second, hn::IfThenElse(same, second, hn::Max(distance, nearest)));
      cell = hn::IfThenElse(hn::Lt(distance, nearest), candidate, cell);
      nearest = hn::Min(nearest, distance);
    };
    for (Index step = 1; step <= reach; ++step) {
      const auto square = hn::Set(d, static_cast<Number>(step * step));
      const auto left = hn::Set(d, static_cast<Number>((reach - step) * (reach - step)));
      // All further candidates are at least `step` away. A pixel is done if that is not nearer than
      // its second cell, or makes a sum above the reach.
      const auto open = hn::AndNot(hn::Gt(hn::Min(nearest, square), left), hn::Gt(second, square));
      if (hn::AllFalse(d, open)) break;
      const Index before = x - step, after = x + step;
      const auto at = [&](const Number* distances, Index place) {
        return hn::Add(hn::LoadU(d, distances + place), square);
      };
      const auto nears_none = [&](auto a, auto b) {
        return hn::AllFalse(d, hn::Lt(hn::Min(a, b), second));
      };
      const auto first_before = at(row.distance1, before), first_after = at(row.distance1, after);
      if (nears_none(first_before, first_after)) continue;
      take(first_before, hn::LoadU(d, row.cell1 + before));
      take(first_after, hn::LoadU(d, row.cell1 + after));
      // The second cell of a column is not nearer than its first.
      const auto second_before = at(row.distance2, before), second_after = at(row.distance2, after);
      if (nears_none(second_before, second_after)) continue;
      take(second_before, hn::LoadU(d, row.cell2 + before));
      take(second_after, hn::LoadU(d, row.cell2 + after));
    }
    hn::StoreU(nearest, d, d1 + x);
    hn::StoreU(second, d, d2 + x);
  }
}

/// out = the pixel's cell if one of its 4-neighbours is not in that cell, else 0. Neighbours
/// outside the image do not count: instead of a row outside, the caller passes the row itself.
template <class Number>
void BorderRow(const std::uint32_t* row, const std::uint32_t* above, const std::uint32_t* below,
               Index width, Number* HWY_RESTRICT out) {
  const auto at = [&](Index x, Index left, Index right) {
    const std::uint32_t cell = row[x];
    const std::uint32_t differs =
        (row[left] ^ cell) | (row[right] ^ cell) | (above[x] ^ cell) | (below[x] ^ cell);
    return static_cast<Number>(differs != 0 ? cell : 0);
  };
  const hn::CappedTag<std::uint32_t, 16> d;
  const hn::Rebind<std::make_unsigned_t<Number>, decltype(d)> narrow;
  const auto n = static_cast<Index>(hn::Lanes(d));
  const Index last = width - 1;
  out[0] = at(0, 0, std::min<Index>(1, last));
  Index x = 1;
  for (; x + n <= last; x += n) {
    const auto cell = hn::LoadU(d, row + x);
    const auto differs = [&](const std::uint32_t* beside) {
      return hn::Xor(hn::LoadU(d, beside), cell);
    };
    const auto any = hn::Or(hn::Or(differs(row + x - 1), differs(row + x + 1)),
                            hn::Or(differs(above + x), differs(below + x)));
    const auto border = hn::IfThenZeroElse(hn::Eq(any, hn::Zero(d)), cell);
    auto* to = reinterpret_cast<std::make_unsigned_t<Number>*>(out + x);
    if constexpr (sizeof(Number) == sizeof(std::uint32_t)) {
      hn::StoreU(border, narrow, to);
    } else {
      hn::StoreU(hn::TruncateTo(narrow, border), narrow, to);
    }
  }
  for (; x < last; ++x) out[x] = at(x, x - 1, x + 1);
  if (last > 0) out[last] = at(last, last - 1, last);
}

template <class Number>
void Borders(Plane<const std::uint32_t> cells, Index stride, Number* border) {
  for (Index y = 0; y < cells.height; ++y) {
    Number* row = border + y * stride;
    BorderRow(cells.row(y), cells.row(std::max<Index>(y - 1, 0)),
              cells.row(std::min(y + 1, cells.height - 1)), cells.width, row);
    std::fill(row + cells.width, row + stride, Number{0});
  }
}

void Borders16(Plane<const std::uint32_t> cells, Index stride, std::int16_t* border) {
  Borders(cells, stride, border);
}
void Borders32(Plane<const std::uint32_t> cells, Index stride, std::int32_t* border) {
  Borders(cells, stride, border);
}
void Block16(const std::int16_t* border, Index stride, Index width, Index rows, Index below,
             std::int16_t far, const ColumnsOfBlock<std::int16_t>& columns) {
  Block(border, stride, width, rows, below, far, columns);
}
void Block32(const std::int32_t* border, Index stride, Index width, Index rows, Index below,
             std::int32_t far, const ColumnsOfBlock<std::int32_t>& columns) {
  Block(border, stride, width, rows, below, far, columns);
}
void AlongRow16(const ColumnsRow<std::int16_t>& row, Index width, Index reach, std::int16_t* d1,
                std::int16_t* d2) {
  AlongRow(row, width, reach, d1, d2);
}
void AlongRow32(const ColumnsRow<std::int32_t>& row, Index width, Index reach, std::int32_t* d1,
                std::int32_t* d2) {
  AlongRow(row, width, reach, d1, d2);
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(Borders16);
HWY_EXPORT(Borders32);
HWY_EXPORT(Block16);
HWY_EXPORT(Block32);
HWY_EXPORT(AlongRow16);
HWY_EXPORT(AlongRow32);

// Calls NAME16 or NAME32 for the chosen instruction set.
#define UNETFLOW_CALL(NAME, ...)                          \
  if constexpr (sizeof(Number) == sizeof(std::int16_t)) { \
    HWY_DYNAMIC_DISPATCH(NAME##16)(__VA_ARGS__);          \
  } else {                                                \
    HWY_DYNAMIC_DISPATCH(NAME##32)(__VA_ARGS__);          \
  }

template <class Number>
void NearestCells<Number>::begin(Plane<const std::uint32_t> cells, Plane<const std::uint8_t> label,
                                 Index reach) {
  height_ = cells.height;
  width_ = cells.width;
  reach_ = reach;
  given_ = 0;
  stride_ = round_up(cells.width, kLanes);
  border_.resize(static_cast<std::size_t>(height_ * stride_));
  UNETFLOW_CALL(Borders, cells, stride_, border_.data());
  if (!label.empty()) leave_out_ignored(cells, label);

  // No cell is within reach on either side of the image, or above it.
  const auto far = static_cast<Number>(reach_ + 1);
  const auto columns = this->columns();
  for (Index i = 0; i < ColumnsOfBlock<Number>::kRows; ++i) {
    const auto row = columns.row(i);
    const auto nothing = i < ColumnsOfBlock<Number>::kBlock ? static_cast<Number>(far * far) : far;
    std::fill_n(row.distance1 - columns.pad, 2 * columns.length, nothing);
    std::fill_n(row.cell1 - columns.pad, 2 * columns.length, Number{0});
  }
}

/// Takes border pixels away that are ignored, or are only beside ignored pixels of another cell.
template <class Number>
void NearestCells<Number>::leave_out_ignored(Plane<const std::uint32_t> cells,
                                             Plane<const std::uint8_t> label) {
  const auto for_each_neighbour = [&](Index y, Index x, auto&& visit) {
    if (y > 0) visit(y - 1, x);
    if (y + 1 < height_) visit(y + 1, x);
    if (x > 0) visit(y, x - 1);
    if (x + 1 < width_) visit(y, x + 1);
  };
  const auto border = [&](Index y, Index x) -> Number& {
    return border_[static_cast<std::size_t>(y * stride_ + x)];
  };
  const auto decide = [&](Index y, Index x) {
    bool known = false;
    for_each_neighbour(y, x, [&](Index v, Index u) {
      known = known || (label(v, u) != kIgnored && cells(v, u) != cells(y, x));
    });
    if (!known) border(y, x) = 0;
  };
  for (Index y = 0; y < height_; ++y) {
    for (Index x = 0; x < width_; ++x) {
      if (label(y, x) != kIgnored) continue;
      border(y, x) = 0;
      for_each_neighbour(y, x, decide);
    }
  }
}

template <class Number>
ColumnsOfBlock<Number> NearestCells<Number>::columns() {
  const Index pad = round_up(reach_, kLanes);
  const ColumnsOfBlock<Number> columns{nullptr, stride_ + 2 * pad, pad};
  columns_.resize(std::max(columns_.size(), static_cast<std::size_t>(columns.size())));
  return {columns_.data(), columns.length, columns.pad};
}

template <class Number>
void NearestCells<Number>::next(Number* d1, Number* d2) {
  constexpr Index kBlock = ColumnsOfBlock<Number>::kBlock;
  const auto columns = this->columns();
  if (given_ % kBlock == 0) {
    const Index rows = std::min(kBlock, height_ - given_);
    const Index below = std::min(reach_, height_ - given_ - rows);
    UNETFLOW_CALL(Block, border_.data() + given_ * stride_, stride_, width_, rows, below,
                  static_cast<Number>(reach_ + 1), columns);
  }
  UNETFLOW_CALL(AlongRow, columns.row(given_ % kBlock), width_, reach_, d1, d2);
  ++given_;
}

template class NearestCells<std::int16_t>;
template class NearestCells<std::int32_t>;

}  // namespace unetflow
#endif
