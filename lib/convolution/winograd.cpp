#include "convolution/winograd.hpp"

#include <algorithm>

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

/// Along one axis, each from numbers `step` apart into 6, or 4 or 3, `to_step` apart.
struct Input {
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

struct Output {
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

/// Output's transpose.
struct Gradient {
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

struct Kernel {
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

/// Kernel's transpose.
struct KernelGradient {
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

/// Along both axes of a square in raster order.
template <class Change>
HWY_INLINE void Both(const V* from, V* to) {
  constexpr Index in = Change::kFrom, out = Change::kTo;
  V half[in * out];
  for (Index y = 0; y < in; ++y) Change::Apply(from + y * in, 1, half + y * out, 1);
  for (Index x = 0; x < out; ++x) Change::Apply(half + x, out, to + x, out);
}

HWY_INLINE Index Step() { return static_cast<Index>(hn::Lanes(Float())); }

void FromInput(const float* rows, Index pitch, Index tiles, Points to) {
  const Float d;
  for (Index i = 0; i < tiles; i += Step()) {
    V x[kPoints], next2, next3;
    for (Index y = 0; y < kInput; ++y) {
      const float* row = rows + y * pitch + kOutput * i;
      V* at = x + y * kInput;
      hn::LoadInterleaved4(d, row, at[0], at[1], at[2], at[3]);
      // A tile's last two columns are the next one's first two.
      hn::LoadInterleaved4(d, row + kOutput, at[4], at[5], next2, next3);
    }
    V changed[kPoints];
    Both<Input>(x, changed);
    for (Index p = 0; p < kPoints; ++p) hn::StoreU(changed[p], d, to.values + p * to.plane + i);
  }
}

void FromGradient(const float* rows, Index pitch, Index tiles, Points to) {
  const Float d;
  for (Index i = 0; i < tiles; i += Step()) {
    V y[kOutput * kOutput];
    for (Index row = 0; row < kOutput; ++row) {
      V* at = y + row * kOutput;
      hn::LoadInterleaved4(d, rows + row * pitch + kOutput * i, at[0], at[1], at[2], at[3]);
    }
    V changed[kPoints];
    Both<Gradient>(y, changed);
    for (Index p = 0; p < kPoints; ++p) hn::StoreU(changed[p], d, to.values + p * to.plane + i);
  }
}

void ToOutput(Points from, Index tiles, float bias, float* rows, Index pitch) {
  const Float d;
  const V added = hn::Set(d, bias);
  for (Index i = 0; i < tiles; i += Step()) {
    V m[kPoints];
    for (Index p = 0; p < kPoints; ++p) m[p] = hn::LoadU(d, from.values + p * from.plane + i);
    V y[kOutput * kOutput];
    Both<Output>(m, y);
    for (Index row = 0; row < kOutput; ++row) {
      const V* at = y + row * kOutput;
      hn::StoreInterleaved4(hn::Add(at[0], added), hn::Add(at[1], added), hn::Add(at[2], added),
                            hn::Add(at[3], added), d, rows + row * pitch + kOutput * i);
    }
  }
}

void FromKernels(const float* kernels, Index count, bool turned, Points to) {
  constexpr Index kNumbers = 9;
  const Float d;
  for (Index i = 0; i < count; i += Step()) {
    const Index some = std::min(Step(), count - i);
    float turned_round[kNumbers * kMostLanes] = {};
    for (Index k = 0; k < some; ++k) {
      const float* kernel = kernels + (i + k) * kNumbers;
      for (Index n = 0; n < kNumbers; ++n) {
        turned_round[n * kMostLanes + k] = kernel[turned ? kNumbers - 1 - n : n];
      }
    }
    V g[kNumbers], changed[kPoints];
    for (Index n = 0; n < kNumbers; ++n) g[n] = hn::LoadU(d, turned_round + n * kMostLanes);
    Both<Kernel>(g, changed);
    for (Index p = 0; p < kPoints; ++p) hn::StoreU(changed[p], d, to.values + p * to.plane + i);
  }
}

void ToKernels(Points from, Index count, float* kernels) {
  constexpr Index kNumbers = 9;
  const Float d;
  for (Index i = 0; i < count; i += Step()) {
    const Index some = std::min(Step(), count - i);
    V m[kPoints], g[kNumbers];
    for (Index p = 0; p < kPoints; ++p) m[p] = hn::LoadU(d, from.values + p * from.plane + i);
    Both<KernelGradient>(m, g);
    float turned_round[kNumbers * kMostLanes];
    for (Index n = 0; n < kNumbers; ++n) hn::StoreU(g[n], d, turned_round + n * kMostLanes);
    for (Index k = 0; k < some; ++k) {
      for (Index n = 0; n < kNumbers; ++n) {
        kernels[(i + k) * kNumbers + n] = turned_round[n * kMostLanes + k];
      }
    }
  }
}

Index RightColumns() { return 2 * Step(); }

void Interleave(const float* const* lines, Index count, float* to, Index step) {
  const Float d;
  const hn::Full128<float> quarter;
  for (Index i = 0; i < count; i += Step()) {
    float rows[kLeft * kMostLanes];
    hn::StoreInterleaved4(hn::LoadU(d, lines[0] + i), hn::LoadU(d, lines[1] + i),
                          hn::LoadU(d, lines[2] + i), hn::LoadU(d, lines[3] + i), d, rows);
    for (Index k = 0; k < std::min(Step(), count - i); ++k) {
      hn::StoreU(hn::LoadU(quarter, rows + k * kLeft), quarter, to + (i + k) * step);
    }
  }
}

void ToPanels(const float* from, Index pitch, Index panels, Index rows, Index row, float* to) {
  const Float d;
  const Index columns = RightColumns();
  for (Index p = 0; p < kPoints; ++p) {
    for (Index panel = 0; panel < panels; ++panel) {
      const float* line = from + p * pitch + panel * columns;
      float* at = to + ((p * panels + panel) * rows + row) * columns;
      hn::StoreU(hn::LoadU(d, line), d, at);
      hn::StoreU(hn::LoadU(d, line + Step()), d, at + Step());
    }
  }
}

void FromPanels(const float* from, Index pitch, Index panels, Index rows, Index row, float* to) {
  const Float d;
  const Index columns = RightColumns();
  for (Index p = 0; p < kPoints; ++p) {
    for (Index panel = 0; panel < panels; ++panel) {
      float* line = to + p * pitch + panel * columns;
      const float* at = from + ((p * panels + panel) * rows + row) * columns;
      hn::StoreU(hn::LoadU(d, at), d, line);
      hn::StoreU(hn::LoadU(d, at + Step()), d, line + Step());
    }
  }
}

/// One left panel times one right panel.
HWY_INLINE void MultiplyPanel(const float* HWY_RESTRICT left, const float* HWY_RESTRICT right,
                              Index count, bool add, float* HWY_RESTRICT out) {
  const Float d;
  const Index n = Step();
  V sums[kLeft][2];
  for (Index l = 0; l < kLeft; ++l) {
    sums[l][0] = add ? hn::LoadU(d, out + 2 * l * n) : hn::Zero(d);
    sums[l][1] = add ? hn::LoadU(d, out + (2 * l + 1) * n) : hn::Zero(d);
  }
  for (Index i = 0; i < count; ++i, left += kLeft, right += 2 * n) {
    const V r0 = hn::LoadU(d, right), r1 = hn::LoadU(d, right + n);
    for (Index l = 0; l < kLeft; ++l) {
      const V factor = hn::Set(d, left[l]);
      sums[l][0] = hn::MulAdd(factor, r0, sums[l][0]);
      sums[l][1] = hn::MulAdd(factor, r1, sums[l][1]);
    }
  }
  for (Index l = 0; l < kLeft; ++l) {
    hn::StoreU(sums[l][0], d, out + 2 * l * n);
    hn::StoreU(sums[l][1], d, out + (2 * l + 1) * n);
  }
}

void Multiply(const float* left, Index left_panels, const float* right, Index right_panels,
              Index count, bool add, float* out) {
  constexpr Index kRows = 256;  // a right panel of so many stays in the nearest cache
  const Index columns = RightColumns();
  for (Index first = 0; first < count; first += kRows) {
    const Index rows = std::min(kRows, count - first);
    for (Index r = 0; r < right_panels; ++r) {
      for (Index l = 0; l < left_panels; ++l) {
        MultiplyPanel(left + (l * count + first) * kLeft, right + (r * count + first) * columns,
                      rows, add || first > 0, out + (r * left_panels + l) * kLeft * columns);
      }
    }
  }
}

}  // namespace unetflow::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow::winograd {

HWY_EXPORT(FromInput);
HWY_EXPORT(FromGradient);
HWY_EXPORT(ToOutput);
HWY_EXPORT(FromKernels);
HWY_EXPORT(ToKernels);
HWY_EXPORT(RightColumns);
HWY_EXPORT(Interleave);
HWY_EXPORT(ToPanels);
HWY_EXPORT(FromPanels);
HWY_EXPORT(Multiply);

void from_input(const float* rows, Index pitch, Index tiles, Points to) {
  HWY_DYNAMIC_DISPATCH(FromInput)(rows, pitch, tiles, to);
}
void from_gradient(const float* rows, Index pitch, Index tiles, Points to) {
  HWY_DYNAMIC_DISPATCH(FromGradient)(rows, pitch, tiles, to);
}
void to_output(Points from, Index tiles, float bias, float* rows, Index pitch) {
  HWY_DYNAMIC_DISPATCH(ToOutput)(from, tiles, bias, rows, pitch);
}
void from_kernels(const float* kernels, Index count, bool turned, Points to) {
  HWY_DYNAMIC_DISPATCH(FromKernels)(kernels, count, turned, to);
}
void to_kernels(Points from, Index count, float* kernels) {
  HWY_DYNAMIC_DISPATCH(ToKernels)(from, count, kernels);
}

Index right_columns() { return HWY_DYNAMIC_DISPATCH(RightColumns)(); }
void interleave(const float* const lines[kLeft], Index count, float* to, Index step) {
  HWY_DYNAMIC_DISPATCH(Interleave)(lines, count, to, step);
}
void to_panels(const float* from, Index pitch, Index panels, Index rows, Index row, float* to) {
  HWY_DYNAMIC_DISPATCH(ToPanels)(from, pitch, panels, rows, row, to);
}
void from_panels(const float* from, Index pitch, Index panels, Index rows, Index row, float* to) {
  HWY_DYNAMIC_DISPATCH(FromPanels)(from, pitch, panels, rows, row, to);
}
void multiply(const float* left, Index left_panels, const float* right, Index right_panels,
              Index count, bool add, float* out) {
  HWY_DYNAMIC_DISPATCH(Multiply)(left, left_panels, right, right_panels, count, add, out);
}

}  // namespace unetflow::winograd
#endif
