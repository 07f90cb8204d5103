#include "convolution/multiply.hpp"

#include <hwy/cache_control.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "convolution/multiply.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace unetflow::winograd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::CappedTag<float, kMostLanes>;
using V = hn::Vec<Float>;

HWY_INLINE Index Step() { return static_cast<Index>(hn::Lanes(Float())); }
bool FusedMultiplyAdd() { return HWY_NATIVE_FMA != 0; }
Index Columns() { return 2 * Step(); }

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

/// The micro-kernel: kRows rows of A times the first kVectors vectors of a panel of B, with all
/// sums in registers. `next` are the rows of A that are needed then, which no processor foresees.
template <Index kRows, Index kVectors>
HWY_INLINE void MicroKernel(const float* HWY_RESTRICT a, Index pitch, const float* next,
                            const float* HWY_RESTRICT b, Index rows, bool add,
                            float* HWY_RESTRICT c) {
  constexpr Index kLine = 16;  // numbers of a cache line
  const Float d;
  const Index n = Step();
  V sums[kRows][kVectors], factors[kVectors];
  for (Index l = 0; l < kRows; ++l) {
    for (Index v = 0; v < kVectors; ++v) {
      sums[l][v] = add ? hn::LoadU(d, c + (2 * l + v) * n) : hn::Zero(d);
    }
  }
  for (Index first = 0; first < rows; first += kLine) {
    for (Index l = 0; l < kRows; ++l) hwy::Prefetch(next + l * pitch + first);
    const Index end = std::min(first + kLine, rows);
    for (Index i = first; i < end; ++i, b += 2 * n) {
      for (Index v = 0; v < kVectors; ++v) factors[v] = hn::LoadU(d, b + v * n);
      for (Index l = 0; l < kRows; ++l) {
        const V factor = hn::Set(d, a[l * pitch + i]);
        for (Index v = 0; v < kVectors; ++v) {
          sums[l][v] = hn::MulAdd(factor, factors[v], sums[l][v]);
        }
      }
    }
  }
  for (Index l = 0; l < kRows; ++l) {
    for (Index v = 0; v < kVectors; ++v) hn::StoreU(sums[l][v], d, c + (2 * l + v) * n);
  }
}

/// All rows of A times a panel: as many at once as there are registers for, then the rest.
template <Index kVectors>
HWY_INLINE void MultiplyPanel(RowsA a, const float* b, Index rows, bool add, float* c) {
  constexpr Index kTall = HWY_TARGET <= HWY_AVX3 ? 2 * kRowsA : kRowsA;
  const auto next = [&](Index l) { return a.values + (l < a.count ? l * a.pitch : 0); };
  Index l = 0;
  for (; l + kTall <= a.count; l += kTall) {
    MicroKernel<kTall, kVectors>(a.values + l * a.pitch, a.pitch, next(l + kTall), b, rows, add,
                                 c + l * Columns());
  }
  for (; l < a.count; l += kRowsA) {
    MicroKernel<kRowsA, kVectors>(a.values + l * a.pitch, a.pitch, next(l + kRowsA), b, rows, add,
                                  c + l * Columns());
  }
}

void Multiply(RowsA a, PanelsB b, Index rows, bool add, float* c) {
  constexpr Index kRows = 256;  // this many rows of a panel of B stay in the nearest cache
  const Index columns = Columns();
  for (Index first = 0; first < rows; first += kRows) {
    const Index some = std::min(kRows, rows - first);
    const RowsA from = {a.values + first, a.pitch, a.count};
    for (Index done = 0; done < b.columns; done += columns) {
      const Index panel = done / columns;
      const float* const rows_b = b.values + panel * b.step + first * columns;
      float* const to = c + panel * a.count * columns;
      if (b.columns - done > Step()) {
        MultiplyPanel<2>(from, rows_b, some, add || first > 0, to);
      } else {
        MultiplyPanel<1>(from, rows_b, some, add || first > 0, to);
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
HWY_EXPORT(Multiply);
HWY_EXPORT(Transpose);

bool fused_multiply_add() { return HWY_DYNAMIC_DISPATCH(FusedMultiplyAdd)(); }
Index columns() { return HWY_DYNAMIC_DISPATCH(Columns)(); }
void multiply(RowsA a, PanelsB b, Index rows, bool add, float* c) {
  HWY_DYNAMIC_DISPATCH(Multiply)(a, b, rows, add, c);
}
void transpose(const float* const lines[4], Index count, float* to, Index step) {
  HWY_DYNAMIC_DISPATCH(Transpose)(lines, count, to, step);
}

}  // namespace unetflow::winograd
#endif
