#include "sample/weight_map.hpp"

#include <algorithm>
#include <array>

#include "sample/components.hpp"
#include "sample/displacement.hpp"
#include "sample/elementary.hpp"
#include "sample/nearest_cells.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/weight_map.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::CappedTag<float, 16>;
using Signed = hn::RebindToSigned<Float>;

/// e^-z for 0 <= z < 87: 2^k e^r, |r| <= ln 2 / 2, by the series of e^r. To 2e-7 of its value.
HWY_INLINE hn::Vec<Float> ExponentialOfMinus(hn::Vec<Float> z) {
  const Float d;
  const Signed di;
  const auto k = hn::Floor(hn::Add(hn::Mul(z, hn::Set(d, 1.44269504f)), hn::Set(d, 0.5f)));
  // ln 2 in two parts, the first short enough for k times it to be exact.
  auto r = hn::Sub(hn::Mul(k, hn::Set(d, 0.693359375f)), z);
  r = hn::Sub(r, hn::Mul(k, hn::Set(d, 2.12194440e-4f)));
  static constexpr float kSeries[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24,
                                      1.0f / 6,    1.0f / 2,   1.0f,       1.0f};
  auto sum = hn::Zero(d);
  for (const float c : kSeries) sum = hn::Add(hn::Mul(sum, r), hn::Set(d, c));
  const auto exponent = hn::Sub(hn::Set(di, 127), hn::ConvertTo(di, k));
  return hn::Mul(sum, hn::BitCast(d, hn::ShiftLeft<23>(exponent)));
}

/// weights += w0 exp(-(d1 + d2)^2 scale) where d1 + d2 <= reach, from the distances' squares.
void AddBorderTerm(const float* HWY_RESTRICT d1, const float* HWY_RESTRICT d2, float w0,
                   float scale, float reach, Index width, float* HWY_RESTRICT weights) {
  const Float d;
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(d))) {
    const auto sum = hn::Add(hn::Sqrt(hn::LoadU(d, d1 + x)), hn::Sqrt(hn::LoadU(d, d2 + x)));
    const auto near = hn::Le(sum, hn::Set(d, reach));
    if (hn::AllFalse(d, near)) continue;
    const auto within = hn::IfThenElseZero(near, sum);
    const auto term = hn::Mul(
        hn::Set(d, w0), ExponentialOfMinus(hn::Mul(hn::Mul(within, within), hn::Set(d, scale))));
    hn::StoreU(hn::Add(hn::LoadU(d, weights + x), hn::IfThenElseZero(near, term)), d, weights + x);
  }
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(AddBorderTerm);

struct WeightMapWorkspace::Buffers {
  ComponentsWorkspace components;
  std::vector<std::uint32_t> cells;  ///< [height, width]
  NearestCells nearest;
  std::vector<float> d1, d2, weights;  ///< one row each
};

WeightMapWorkspace::WeightMapWorkspace() : buffers(std::make_unique<Buffers>()) {}
WeightMapWorkspace::~WeightMapWorkspace() = default;
WeightMapWorkspace::WeightMapWorkspace(WeightMapWorkspace&&) noexcept = default;
WeightMapWorkspace& WeightMapWorkspace::operator=(WeightMapWorkspace&&) noexcept = default;

namespace {

using Buffers = WeightMapWorkspace::Buffers;
using ClassWeights = std::array<float, 256>;

std::array<Index, 256> count_classes(Plane<const std::uint8_t> label) {
  // Four tables, so that equal neighbours do not wait for each other's sums.
  std::array<std::array<std::uint32_t, 256>, 4> counts{};
  std::array<Index, 256> total{};
  for (Index y = 0; y < label.height; ++y) {
    const std::uint8_t* row = label.row(y);
    Index x = 0;
    for (; x + 4 <= label.width; x += 4) {
      for (Index i = 0; i < 4; ++i) ++counts[static_cast<std::size_t>(i)][row[x + i]];
    }
    for (; x < label.width; ++x) ++counts[0][row[x]];
  }
  for (const auto& part : counts) {
    for (std::size_t id = 0; id < total.size(); ++id) total[id] += part[id];
  }
  return total;
}

/// Weights of the classes, and the smallest of those that occur.
std::pair<ClassWeights, double> class_weights(int classes, Plane<const std::uint8_t> label) {
  auto counts = count_classes(label);
  if (classes <= 2) {  // whatever is not background is foreground
    counts[1] = label.size() - counts[0];
    std::fill(counts.begin() + 2, counts.end(), 0);
  }
  const Index largest = *std::max_element(counts.begin() + 1, counts.end());
  ClassWeights weights;
  weights.fill(1);
  double smallest = 1;
  for (std::size_t id = 0; id < counts.size() && largest > 0; ++id) {
    if (counts[id] == 0) continue;
    const double weight = static_cast<double>(largest) / static_cast<double>(counts[id]);
    weights[id] = static_cast<float>(weight);
    smallest = std::min(smallest, weight);
  }
  return {weights, smallest};
}

/// The smallest number of px beyond which the border term is lost in the rounding of the weights.
Index border_reach(const WeightMapConfig& config, double smallest_weight) {
  const auto term = [&](Index distance) {
    const double ratio = static_cast<double>(distance) / config.sigma;
    return config.w0 * exponential(-ratio * ratio / 2);
  };
  Index reach = 0;
  while (term(reach) > 0x1p-25 * smallest_weight) ++reach;
  return reach;
}

}  // namespace

void weight_map(const WeightMapConfig& config, int classes, Plane<const std::uint8_t> label,
                Plane<const std::uint32_t> instances, Plane<float> weights,
                WeightMapWorkspace& workspace) {
  Buffers& buffers = *workspace.buffers;
  const auto [table, smallest] = class_weights(classes, label);
  const Index reach = border_reach(config, smallest);
  const Index width = label.width;
  const auto padded = static_cast<std::size_t>(round_up(width, kLanes));
  for (auto* row : {&buffers.d1, &buffers.d2, &buffers.weights}) row->resize(padded);

  if (reach > 0) {
    if (instances.empty()) {
      buffers.cells.resize(static_cast<std::size_t>(label.size()));
      const Plane<std::uint32_t> cells(buffers.cells.data(), label.height, width);
      label_components(label, 8, cells, buffers.components);
      instances = cells;
    }
    buffers.nearest.begin(instances, reach);
  }
  for (Index y = 0; y < label.height; ++y) {
    const std::uint8_t* row = label.row(y);
    for (Index x = 0; x < width; ++x) {
      buffers.weights[static_cast<std::size_t>(x)] = table[row[x]];
    }
    if (reach > 0) {
      buffers.nearest.next(buffers.d1.data(), buffers.d2.data());
      HWY_DYNAMIC_DISPATCH(AddBorderTerm)
      (buffers.d1.data(), buffers.d2.data(), static_cast<float>(config.w0),
       static_cast<float>(1 / (2 * config.sigma * config.sigma)), static_cast<float>(reach), width,
       buffers.weights.data());
    }
    std::copy_n(buffers.weights.data(), width, weights.row(y));
  }
}

}  // namespace unetflow
#endif
