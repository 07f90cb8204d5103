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
bool FusedMultiplyAdd() { return HWY_NATIVE_FMA != 0; }
Index Columns() { return 2 * Step(); }

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

void TransformInput(const float* rows, const float* rest, Index pitch, Index first, Index tiles,
                    Transformed to, const float* next) {
  const Float d;
  for (Index i = 0; i < tiles; i += Step()) {
    const auto load = [&](Index y, V* row) HWY_ATTR {
      const Index from = y * pitch + kOutput * i;
      Fetch(next, from);
      hn::LoadInterleaved4(d, rows + from, row[0], row[1], row[2], row[3]);
      if (rest == nullptr) {
        const float* const behind = rows + from + kOutput * Step();
        row[4] = ShiftedDown(row[0], behind[0]);
        row[5] = ShiftedDown(row[1], behind[1]);
      } else {
        V next2, next3;
        hn::LoadInterleaved4(d, rest + from, row[4], row[5], next2, next3);
      }
    };
    Both<InputTransform>(
        load, [&](Index x, const V* column) HWY_ATTR { Store(x, column, to, first + i); });
  }
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

void TransformOutput(Transformed from, Index first, Index tiles, float bias, float* rows,
                     Index pitch) {
  const Float d;
  const V added = hn::Set(d, bias);
  for (Index i = 0; i < tiles; i += Step()) {
    V outputs[kOutput * kOutput];  // column by column
    Both<OutputTransform>([&](Index y, V* row) HWY_ATTR { Load(y, from, first + i, row); },
                          [&](Index x, const V* column) HWY_ATTR {
                            for (Index y = 0; y < kOutput; ++y)
                              outputs[x * kOutput + y] = hn::Add(column[y], added);
                          });
    for (Index y = 0; y < kOutput; ++y) {
      const V* const at = outputs + y;
      hn::StoreInterleaved4(at[0], at[kOutput], at[2 * kOutput], at[3 * kOutput], d,
                            rows + y * pitch + kOutput * i);
    }
  }
}

void TransformFilters(const float* filters, Index count, bool rotated, Transformed to) {
  constexpr Index kWeights = 9, kWidth = 3;
  const Float d;
  for (Index i = 0; i < count; i += Step()) {
    const Index filters_here = std::min(Step(), count - i);
    float transposed[kWeights * kMostLanes] = {};
    for (Index k = 0; k < filters_here; ++k) {
      const float* filter = filters + (i + k) * kWeights;
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

void Transpose(const float* const* lines, Index count, float* to, Index step) {
  const Float d;
  const hn::Full128<float> quarter;
  for (Index i = 0; i < count; i += Step()) {
    float rows[4 * kMostLanes];
    hn::StoreInterleaved4(hn::LoadU(d, lines[0] + i), hn::LoadU(d, lines[1] + i),
                          hn::LoadU(d, lines[2] + i), hn::LoadU(d, lines[3] + i), d, rows);
    for (Index k = 0; k < std::min(Step(), count - i); ++k) {
      hn::StoreU(hn::LoadU(quarter, rows + k * 4), quarter, to + (i + k) * step);
    }
  }
}

/// The micro-kernel: 4 rows of A times one panel of B, 4 x 2 vectors of sums in registers. `next`
/// are the rows of A that are needed then, which no processor foresees.
HWY_INLINE void MicroKernel(const float* HWY_RESTRICT a, Index pitch, const float* next,
                            const float* HWY_RESTRICT b, Index rows, bool add,
                            float* HWY_RESTRICT c) {
  constexpr Index kLine = 16;  // numbers of a cache line
  const Float d;
  const Index n = Step();
  V sums[kRowsA][2];
  for (Index l = 0; l < kRowsA; ++l) {
    sums[l][0] = add ? hn::LoadU(d, c + 2 * l * n) : hn::Zero(d);
    sums[l][1] = add ? hn::LoadU(d, c + (2 * l + 1) * n) : hn::Zero(d);
  }
  for (Index first = 0; first < rows; first += kLine) {
    for (Index l = 0; l < kRowsA; ++l) hwy::Prefetch(next + l * pitch + first);
    const Index end = std::min(first + kLine, rows);
    for (Index i = first; i < end; ++i, b += 2 * n) {
      const V b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + n);
      for (Index l = 0; l < kRowsA; ++l) {
        const V factor = hn::Set(d, a[l * pitch + i]);
        sums[l][0] = hn::MulAdd(factor, b0, sums[l][0]);
        sums[l][1] = hn::MulAdd(factor, b1, sums[l][1]);
      }
    }
  }
  for (Index l = 0; l < kRowsA; ++l) {
    hn::StoreU(sums[l][0], d, c + 2 * l * n);
    hn::StoreU(sums[l][1], d, c + (2 * l + 1) * n);
  }
}

void Multiply(RowsA a, PanelsB b, Index rows, bool add, float* c) {
  constexpr Index kRows = 256;  // this many rows of a panel of B stay in the nearest cache
  const Index columns = Columns();
  for (Index first = 0; first < rows; first += kRows) {
    const Index some = std::min(kRows, rows - first);
    for (Index panel = 0; panel < b.count; ++panel) {
      const float* const from = b.values + panel * b.step + first * columns;
      for (Index l = 0; l < a.count; l += kRowsA) {
        const float* const at = a.values + l * a.pitch + first;
        const float* const next = l + kRowsA < a.count ? at + kRowsA * a.pitch : a.values + first;
        MicroKernel(at, a.pitch, next, from, some, add || first > 0,
                    c + (panel * a.count + l) * columns);
      }
    }
  }
}

}  // namespace unetflow::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow::winograd {

HWY_EXPORT(FusedMultiplyAdd);
HWY_EXPORT(Columns);
HWY_EXPORT(TransformInput);
HWY_EXPORT(TransformOutputGradient);
HWY_EXPORT(TransformOutput);
HWY_EXPORT(TransformFilters);
HWY_EXPORT(TransformFilterGradients);
HWY_EXPORT(Multiply);
HWY_EXPORT(Transpose);

bool fused_multiply_add() { return HWY_DYNAMIC_DISPATCH(FusedMultiplyAdd)(); }
Index columns() { return HWY_DYNAMIC_DISPATCH(Columns)(); }
void transform_input(const float* rows, const float* rest, Index pitch, Index first, Index tiles,
                     Transformed to, const float* next) {
  HWY_DYNAMIC_DISPATCH(TransformInput)(rows, rest, pitch, first, tiles, to, next);
}
void transform_output_gradient(const float* rows, Index pitch, Index first, Index tiles,
                               Transformed to, const float* next) {
  HWY_DYNAMIC_DISPATCH(TransformOutputGradient)(rows, pitch, first, tiles, to, next);
}
void transform_output(Transformed from, Index first, Index tiles, float bias, float* rows,
                      Index pitch) {
  HWY_DYNAMIC_DISPATCH(TransformOutput)(from, first, tiles, bias, rows, pitch);
}
void transform_filters(const float* filters, Index count, bool rotated, Transformed to) {
  HWY_DYNAMIC_DISPATCH(TransformFilters)(filters, count, rotated, to);
}
void transform_filter_gradients(Transformed from, Index count, float* filters) {
  HWY_DYNAMIC_DISPATCH(TransformFilterGradients)(from, count, filters);
}
void multiply(RowsA a, PanelsB b, Index rows, bool add, float* c) {
  HWY_DYNAMIC_DISPATCH(Multiply)(a, b, rows, add, c);
}
void transpose(const float* const lines[4], Index count, float* to, Index step) {
  HWY_DYNAMIC_DISPATCH(Transpose)(lines, count, to, step);
}

}  // namespace unetflow::winograd
#endif
