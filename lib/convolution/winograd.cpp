#include "convolution/winograd.hpp"

#include <hwy/cache_control.h>

#include <algorithm>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "convolution/winograd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace unetflow::winograd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::CappedTag<float, kMostLanes>;
using V = hn::Vec<Float>;

HWY_INLINE V Times(float factor, V v) { return hn::Mul(hn::Set(Float(), factor), v); }
HWY_INLINE V AddTimes(V sum, float factor, V v) {
  return hn::MulAdd(hn::Set(Float(), factor), v, sum);
}

// Each transform along one axis: from kFrom numbers `step` apart to kTo numbers `to_step` apart.

/// B^T x.
struct InputTransform {
  static constexpr Index kFrom = 6, kTo = 6;
  static HWY_INLINE void Apply(const V* x, Index step, V* to, Index to_step) {
    const V x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step], x4 = x[4 * step],
            x5 = x[5 * step];
    const V even = AddTimes(x4, -4, x2), odd = AddTimes(x3, -4, x1);
    const V even2 = hn::Sub(x4, x2), odd2 = Times(2, hn::Sub(x3, x1));
    to[0] = AddTimes(AddTimes(x4, -5, x2), 4, x0);
    to[to_step] = hn::Add(even, odd);
    to[2 * to_step] = hn::Sub(even, odd);
    to[3 * to_step] = hn::Add(even2, odd2);
    to[4 * to_step] = hn::Sub(even2, odd2);
    to[5 * to_step] = AddTimes(AddTimes(x5, -5, x3), 4, x1);
  }
};

/// A^T m.
struct OutputTransform {
  static constexpr Index kFrom = 6, kTo = 4;
  static HWY_INLINE void Apply(const V* m, Index step, V* to, Index to_step) {
    const V sum = hn::Add(m[step], m[2 * step]), difference = hn::Sub(m[step], m[2 * step]);
    const V sum2 = hn::Add(m[3 * step], m[4 * step]),
            difference2 = hn::Sub(m[3 * step], m[4 * step]);
    to[0] = hn::Add(hn::Add(m[0], sum), sum2);
    to[to_step] = AddTimes(difference, 2, difference2);
    to[2 * to_step] = AddTimes(sum, 4, sum2);
    to[3 * to_step] = hn::Add(AddTimes(difference, 8, difference2), m[5 * step]);
  }
};

/// A y.
struct OutputGradientTransform {
  static constexpr Index kFrom = 4, kTo = 6;
  static HWY_INLINE void Apply(const V* y, Index step, V* to, Index to_step) {
    const V y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
    const V even = hn::Add(y0, y2), odd = hn::Add(y1, y3);
    const V even2 = AddTimes(y0, 4, y2), odd2 = AddTimes(Times(2, y1), 8, y3);
    to[0] = y0;
    to[to_step] = hn::Add(even, odd);
    to[2 * to_step] = hn::Sub(even, odd);
    to[3 * to_step] = hn::Add(even2, odd2);
    to[4 * to_step] = hn::Sub(even2, odd2);
    to[5 * to_step] = y3;
  }
};

/// G g.
struct FilterTransform {
  static constexpr Index kFrom = 3, kTo = 6;
  static HWY_INLINE void Apply(const V* g, Index step, V* to, Index to_step) {
    const V g0 = g[0], g1 = g[step], g2 = g[2 * step];
    const V ends = hn::Add(g0, g2), ends2 = AddTimes(Times(1.f / 24, g0), 1.f / 6, g2);
    const V middle = Times(1.f / 12, g1);
    to[0] = Times(1.f / 4, g0);
    to[to_step] = Times(-1.f / 6, hn::Add(ends, g1));
    to[2 * to_step] = Times(-1.f / 6, hn::Sub(ends, g1));
    to[3 * to_step] = hn::Add(ends2, middle);
    to[4 * to_step] = hn::Sub(ends2, middle);
    to[5 * to_step] = g2;
  }
};

/// G^T m.
struct FilterGradientTransform {
  static constexpr Index kFrom = 6, kTo = 3;
  static HWY_INLINE void Apply(const V* m, Index step, V* to, Index to_step) {
    const V sum = hn::Add(m[step], m[2 * step]), difference = hn::Sub(m[2 * step], m[step]);
    const V sum2 = hn::Add(m[3 * step], m[4 * step]),
            difference2 = hn::Sub(m[3 * step], m[4 * step]);
    to[0] = AddTimes(AddTimes(Times(1.f / 4, m[0]), -1.f / 6, sum), 1.f / 24, sum2);
    to[to_step] = AddTimes(Times(1.f / 6, difference), 1.f / 12, difference2);
    to[2 * to_step] = AddTimes(m[5 * step], 1.f / 6, hn::Sub(sum2, sum));
  }
};

/// A transform along both axes of a square: load(y, row) gives its rows, store(x, column) takes
/// those of the result column by column. So nothing but what lies between the axes goes through
/// memory.
template <class Transform, class Load, class Store>
HWY_INLINE void Both(Load load, Store store) {
  constexpr Index in = Transform::kFrom, out = Transform::kTo;
  V half[in * out];
  for (Index y = 0; y < in; ++y) {
    V row[in];
    load(y, row);
    Transform::Apply(row, 1, half + y * out, 1);
  }
  for (Index x = 0; x < out; ++x) {
    V column[out];
    Transform::Apply(half + x, out, column, 1);
    store(x, column);
  }
}

HWY_INLINE Index Step() { return static_cast<Index>(hn::Lanes(Float())); }
HWY_INLINE Index Columns() { return 2 * Step(); }

/// Where the coefficients of item i are; i begins a vector.
HWY_INLINE float* At(Transformed of, Index i) {
  return of.values + i / Columns() * of.panel + i % Columns();
}

constexpr Index kSide = 6;  // of the square of coefficients

/// A column of the coefficients of the tiles or filters from number `first` on.
HWY_INLINE void Store(Index x, const V* column, Transformed to, Index first) {
  float* const at = At(to, first) + x * to.plane;
  for (Index y = 0; y < kSide; ++y) hn::StoreU(column[y], Float(), at + y * kSide * to.plane);
}

/// A row of them.
HWY_INLINE void Load(Index y, Transformed from, Index first, V* row) {
  const float* const at = At(from, first) + y * kSide * from.plane;
  for (Index x = 0; x < kSide; ++x) row[x] = hn::LoadU(Float(), at + x * from.plane);
}

/// Lane k of the result is lane k + 1 of `v`, the last is `last`.
HWY_INLINE V ShiftedDown(V v, float last) {
  const Float d;
  const hn::RebindToSigned<Float> whole;
  const auto end = hn::Set(whole, static_cast<std::int32_t>(Step()) - 1);
  const auto number = hn::Iota(whole, 0);
  const auto next = hn::IndicesFromVec(d, hn::Min(hn::Add(number, hn::Set(whole, 1)), end));
  return hn::IfThenElse(hn::RebindMask(d, hn::Eq(number, end)), hn::Set(d, last),
                        hn::TableLookupLanes(v, next));
}

/// Asks for the numbers of a vector of tiles that are read next.
HWY_INLINE void Fetch(const float* next, Index from) {
  constexpr Index kLine = 16;  // numbers of a cache line
  if (next == nullptr) return;
  for (Index i = 0; i < kOutput * Step(); i += kLine) hwy::Prefetch(next + from + i);
}

/// The 4 numbers from at[i] + offset on of tiles i = 0, 4, 8, ..., one after another.
template <class D>
HWY_INLINE hn::Vec<D> Quads(D d, const float* const* at, Index offset) {
  if constexpr (hn::MaxLanes(d) <= 4) {
    return hn::LoadU(d, at[0] + offset);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, Quads(half, at + hn::MaxLanes(half), offset), Quads(half, at, offset));
  }
}
template <class D>
HWY_INLINE void StoreQuads(D d, hn::Vec<D> quads, float* const* at) {
  if constexpr (hn::MaxLanes(d) <= 4) {
    hn::StoreU(quads, d, at[0]);
  } else {
    const hn::Half<D> half;
    StoreQuads(half, hn::LowerHalf(half, quads), at);
    StoreQuads(half, hn::UpperHalf(half, quads), at + hn::MaxLanes(half));
  }
}
/// Quads of tiles i, i + 4, ... in vector i to their numbers i, tile by tile; and back.
HWY_INLINE void TransposeQuads(V* v) {
  const Float d;
  const V even0 = hn::InterleaveLower(d, v[0], v[2]), even1 = hn::InterleaveUpper(d, v[0], v[2]);
  const V odd0 = hn::InterleaveLower(d, v[1], v[3]), odd1 = hn::InterleaveUpper(d, v[1], v[3]);
  v[0] = hn::InterleaveLower(d, even0, odd0);
  v[1] = hn::InterleaveUpper(d, even0, odd0);
  v[2] = hn::InterleaveLower(d, even1, odd1);
  v[3] = hn::InterleaveUpper(d, even1, odd1);
}

/// Loads rows of tiles one after another, four numbers of each from `offset` on.
struct TileRows {
  TilesAt<const float> tiles;
  Index next;

  HWY_INLINE void Load(Index offset, V* row) const {
    for (Index i = 0; i < 4; ++i) row[i] = Quads(Float(), tiles.at.data() + i, offset);
    TransposeQuads(row);
  }
  HWY_INLINE void Advance() {
    for (Index i = 0; i < Step(); ++i) {
      const auto tile = static_cast<size_t>(i);
      if (next != 0 && i % 4 == 0) hwy::Prefetch(tiles.at[tile] + next);
      tiles.at[tile] += tiles.pitch[tile];
    }
  }
};

void TransformInput(const float* rows, Index pitch, Index first, Index tiles, Transformed to,
                    const float* next) {
  const Float d;
  for (Index i = 0; i < tiles; i += Step()) {
    const auto load = [&](Index y, V* row) HWY_ATTR {
      const Index from = y * pitch + kOutput * i;
      Fetch(next, from);
      hn::LoadInterleaved4(d, rows + from, row[0], row[1], row[2], row[3]);
      const float* const behind = rows + from + kOutput * Step();
      row[4] = ShiftedDown(row[0], behind[0]);
      row[5] = ShiftedDown(row[1], behind[1]);
    };
    Both<InputTransform>(
        load, [&](Index x, const V* column) HWY_ATTR { Store(x, column, to, first + i); });
  }
}

void TransformInputOf(const TilesAt<const float>& tiles, Index next, Index first, Transformed to) {
  TileRows rows = {tiles, next};
  Both<InputTransform>(
      [&](Index, V* row) HWY_ATTR {
        V last[4];  // from the third on, so that no number behind the tile is read
        rows.Load(0, row);
        rows.Load(2, last);
        row[4] = last[2];
        row[5] = last[3];
        rows.Advance();
      },
      [&](Index x, const V* column) HWY_ATTR { Store(x, column, to, first); });
}

void TransformOutputGradient(const float* rows, Index pitch, Index first, Index tiles,
                             Transformed to, const float* next) {
  const Float d;
  for (Index i = 0; i < tiles; i += Step()) {
    const auto load = [&](Index y, V* row) HWY_ATTR {
      Fetch(next, y * pitch + kOutput * i);
      hn::LoadInterleaved4(d, rows + y * pitch + kOutput * i, row[0], row[1], row[2], row[3]);
    };
    Both<OutputGradientTransform>(
        load, [&](Index x, const V* column) HWY_ATTR { Store(x, column, to, first + i); });
  }
}

void TransformOutputGradientOf(const TilesAt<const float>& tiles, Index next, Index first,
                               Transformed to) {
  TileRows rows = {tiles, next};
  Both<OutputGradientTransform>(
      [&](Index, V* row) HWY_ATTR {
        rows.Load(0, row);
        rows.Advance();
      },
      [&](Index x, const V* column) HWY_ATTR { Store(x, column, to, first); });
}

/// Calls store(y, row) with the four vectors of each row of a vector of tiles' outputs.
template <class StoreRow>
HWY_INLINE void Outputs(Transformed from, Index first, Activation then, StoreRow store) {
  const V bias = hn::Set(Float(), then.bias), least = hn::Set(Float(), then.least);
  V outputs[kOutput][kOutput];  // row by row
  Both<OutputTransform>([&](Index y, V* row) HWY_ATTR { Load(y, from, first, row); },
                        [&](Index x, const V* column) HWY_ATTR {
                          for (Index y = 0; y < kOutput; ++y) {
                            const V sum = hn::Add(column[y], bias);
                            outputs[y][x] = hn::IfThenElse(hn::Lt(sum, least), least, sum);
                          }
                        });
  for (Index y = 0; y < kOutput; ++y) store(y, outputs[y]);
}

void TransformOutput(Transformed from, Index first, Index tiles, const Activation& then,
                     float* rows, Index pitch) {
  for (Index i = 0; i < tiles; i += Step()) {
    Outputs(from, first + i, then, [&](Index y, const V* row) HWY_ATTR {
      hn::StoreInterleaved4(row[0], row[1], row[2], row[3], Float(),
                            rows + y * pitch + kOutput * i);
    });
  }
}

void TransformOutputTo(Transformed from, Index first, const Activation& then,
                       const TilesAt<float>& to) {
  std::array<float*, kMostLanes> at = to.at;
  Outputs(from, first, then, [&](Index, V* row) HWY_ATTR {
    TransposeQuads(row);
    for (Index i = 0; i < 4; ++i) StoreQuads(Float(), row[i], at.data() + i);
    for (Index i = 0; i < Step(); ++i) {
      at[static_cast<size_t>(i)] += to.pitch[static_cast<size_t>(i)];
    }
  });
}

void TransformFilters(const float* filters, Index step, Index count, bool rotated, Transformed to) {
  constexpr Index kWeights = 9, kWidth = 3;
  const Float d;
  for (Index i = 0; i < count; i += Step()) {
    const Index filters_here = std::min(Step(), count - i);
    float transposed[kWeights * kMostLanes] = {};
    for (Index k = 0; k < filters_here; ++k) {
      const float* filter = filters + (i + k) * step;
      for (Index n = 0; n < kWeights; ++n) {
        transposed[n * kMostLanes + k] = filter[rotated ? kWeights - 1 - n : n];
      }
    }
    Both<FilterTransform>(
        [&](Index y, V* row) HWY_ATTR {
          const float* const at = transposed + y * kWidth * kMostLanes;
          for (Index x = 0; x < kWidth; ++x) row[x] = hn::LoadU(d, at + x * kMostLanes);
        },
        [&](Index x, const V* column) HWY_ATTR { Store(x, column, to, i); });
  }
}

void TransformFilterGradients(Transformed from, Index count, float* filters) {
  constexpr Index kWeights = 9, kWidth = 3;
  const Float d;
  for (Index i = 0; i < count; i += Step()) {
    const Index filters_here = std::min(Step(), count - i);
    float transposed[kWeights * kMostLanes];
    Both<FilterGradientTransform>([&](Index y, V* row) HWY_ATTR { Load(y, from, i, row); },
                                  [&](Index x, const V* column) HWY_ATTR {
                                    for (Index y = 0; y < kWidth; ++y) {
                                      hn::StoreU(column[y], d,
                                                 transposed + (y * kWidth + x) * kMostLanes);
                                    }
                                  });
    for (Index k = 0; k < filters_here; ++k) {
      for (Index n = 0; n < kWeights; ++n) {
        filters[(i + k) * kWeights + n] = transposed[n * kMostLanes + k];
      }
    }
  }
}

}  // namespace unetflow::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow::winograd {

HWY_EXPORT(TransformInput);
HWY_EXPORT(TransformInputOf);
HWY_EXPORT(TransformOutputGradient);
HWY_EXPORT(TransformOutputGradientOf);
HWY_EXPORT(TransformOutput);
HWY_EXPORT(TransformOutputTo);
HWY_EXPORT(TransformFilters);
HWY_EXPORT(TransformFilterGradients);

void transform_input(const float* rows, Index pitch, Index first, Index tiles, Transformed to,
                     const float* next) {
  HWY_DYNAMIC_DISPATCH(TransformInput)(rows, pitch, first, tiles, to, next);
}
void transform_input(const TilesAt<const float>& tiles, Index next, Index first, Transformed to) {
  HWY_DYNAMIC_DISPATCH(TransformInputOf)(tiles, next, first, to);
}
void transform_output_gradient(const float* rows, Index pitch, Index first, Index tiles,
                               Transformed to, const float* next) {
  HWY_DYNAMIC_DISPATCH(TransformOutputGradient)(rows, pitch, first, tiles, to, next);
}
void transform_output_gradient(const TilesAt<const float>& tiles, Index next, Index first,
                               Transformed to) {
  HWY_DYNAMIC_DISPATCH(TransformOutputGradientOf)(tiles, next, first, to);
}
void transform_output(Transformed from, Index first, Index tiles, Activation then, float* rows,
                      Index pitch) {
  HWY_DYNAMIC_DISPATCH(TransformOutput)(from, first, tiles, then, rows, pitch);
}
void transform_output(Transformed from, Index first, Activation then, const TilesAt<float>& to) {
  HWY_DYNAMIC_DISPATCH(TransformOutputTo)(from, first, then, to);
}
void transform_filters(const float* filters, Index step, Index count, bool rotated,
                       Transformed to) {
  HWY_DYNAMIC_DISPATCH(TransformFilters)(filters, step, count, rotated, to);
}
void transform_filter_gradients(Transformed from, Index count, float* filters) {
  HWY_DYNAMIC_DISPATCH(TransformFilterGradients)(from, count, filters);
}

}  // namespace unetflow::winograd
#endif
