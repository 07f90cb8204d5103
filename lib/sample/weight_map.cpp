#include "sample/weight_map.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/deterministic_math.hpp"
#include "sample/nearest_cells.hpp"
#include "segmentation/components.hpp"
#include "simd/lanes.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sample/weight_map.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/deterministic_math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::CappedTag<float, 16>;
using Signed = hn::RebindToSigned<Float>;

HWY_INLINE hn::Vec<Float> AsFloat(const std::int32_t* values) {
  return hn::ConvertTo(Float(), hn::LoadU(Signed(), values));
}
HWY_INLINE hn::Vec<Float> AsFloat(const std::int16_t* values) {
  return hn::ConvertTo(
      Float(), hn::PromoteTo(Signed(), hn::LoadU(hn::Rebind<std::int16_t, Signed>(), values)));
}

/// weights += w0 exp(-(d1 + d2)^2 scale) where d1 + d2 <= reach, from the distances' squares.
template <class Number>
void AddBorderTerm(const Number* HWY_RESTRICT d1, const Number* HWY_RESTRICT d2, float w0,
                   float scale, float reach, Index width, float* HWY_RESTRICT weights) {
  const Float d;
  const auto farthest = hn::Set(d, reach * reach);
  for (Index x = 0; x < width; x += static_cast<Index>(hn::Lanes(d))) {
    const auto second = AsFloat(d2 + x);
    if (hn::AllFalse(d, hn::Le(second, farthest))) continue;
    const auto first = AsFloat(d1 + x);
    // (d1 + d2)^2, by one root.
    const auto root = hn::Sqrt(hn::Mul(first, second));
    const auto square = hn::Add(hn::Add(first, second), hn::Add(root, root));
    const auto near = hn::Le(square, farthest);
    const auto z =
        hn::Min(hn::Mul(hn::IfThenElseZero(near, square), hn::Set(d, scale)), hn::Set(d, 86));
    const auto term = hn::Mul(hn::Set(d, w0), ExponentialOfMinus(d, z));
    hn::StoreU(hn::Add(hn::LoadU(d, weights + x), hn::IfThenElseZero(near, term)), d, weights + x);
  }
}

void AddBorderTerm16(const std::int16_t* d1, const std::int16_t* d2, float w0, float scale,
                     float reach, Index width, float* weights) {
  AddBorderTerm(d1, d2, w0, scale, reach, width, weights);
}
void AddBorderTerm32(const std::int32_t* d1, const std::int32_t* d2, float w0, float scale,
                     float reach, Index width, float* weights) {
  AddBorderTerm(d1, d2, w0, scale, reach, width, weights);
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace unetflow {

HWY_EXPORT(AddBorderTerm16);
HWY_EXPORT(AddBorderTerm32);

struct WeightMapWorkspace::Buffers {
  ComponentsWorkspace components;
  AlignedVector<std::uint32_t> cells;     ///< [height, width]
  AlignedVector<std::uint8_t> annotated;  ///< [height, width], the label with 0 where it is ignored
  NearestCells<std::int16_t> nearest16;
  NearestCells<std::int32_t> nearest32;
  AlignedVector<std::int16_t> squares16;  ///< [2, width] of d1 and d2
  AlignedVector<std::int32_t> squares32;
  AlignedVector<float> weights;  ///< one row
};

WeightMapWorkspace::WeightMapWorkspace() : buffers(std::make_unique<Buffers>()) {}
WeightMapWorkspace::~WeightMapWorkspace() = default;
WeightMapWorkspace::WeightMapWorkspace(WeightMapWorkspace&&) noexcept = default;
WeightMapWorkspace& WeightMapWorkspace::operator=(WeightMapWorkspace&&) noexcept = default;

namespace {

using Buffers = WeightMapWorkspace::Buffers;
using ClassWeights = std::array<float, 256>;

bool has_ignored(Plane<const std::uint8_t> label) {
  for (Index y = 0; y < label.height; ++y) {
    if (std::memchr(label.row(y), kIgnored, static_cast<std::size_t>(label.width))) return true;
  }
  return false;
}

/// Of each id, without the ignored pixels.
std::array<Index, 256> count_classes(int classes, Plane<const std::uint8_t> label, bool ignored) {
  std::array<Index, 256> total{};
  if (classes <= 2) {  // every other id is foreground
    const auto count = [&](std::uint8_t id) {
      Index sum = 0;
      for (Index y = 0; y < label.height; ++y) {
        sum += std::count(label.row(y), label.row(y) + label.width, id);
      }
      return sum;
    };
    total[0] = count(0);
    total[1] = label.size() - total[0] - (ignored ? count(kIgnored) : 0);
    return total;
  }
  // Four tables, so that the sums of equal neighbours do not wait for each other.
  std::array<std::array<std::uint32_t, 256>, 4> counts{};
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
  total[kIgnored] = 0;
  return total;
}

/// The weight of each class, and the smallest weight of those that occur.
std::pair<ClassWeights, double> class_weights(bool balance, int classes,
                                              Plane<const std::uint8_t> label, bool ignored) {
  ClassWeights weights;
  weights.fill(1);
  weights[kIgnored] = 0;
  if (!balance) return {weights, 1};
  const auto counts = count_classes(classes, label, ignored);
  const Index largest = *std::max_element(counts.begin() + 1, counts.end());
  double smallest = 1;
  for (std::size_t id = 0; id < counts.size() && largest > 0; ++id) {
    if (counts[id] == 0) continue;
    const double weight = static_cast<double>(largest) / static_cast<double>(counts[id]);
    weights[id] = static_cast<float>(weight);
    smallest = std::min(smallest, weight);
  }
  return {weights, smallest};
}

/// The smallest distance, in px, from which the border term is lost in the rounding of the weights.
Index border_reach(const WeightMapConfig& config, double smallest_weight) {
  const auto term = [&](Index distance) {
    const double ratio = static_cast<double>(distance) / config.sigma;
    return config.w0 * exponential(-ratio * ratio / 2);
  };
  Index reach = 0;
  while (term(reach) > 0x1p-25 * smallest_weight) ++reach;
  return reach;
}

/// The label with background where it is ignored, in `memory`.
Plane<const std::uint8_t> annotated(Plane<const std::uint8_t> label,
                                    AlignedVector<std::uint8_t>& memory) {
  memory.resize(static_cast<std::size_t>(label.size()));
  const Plane<std::uint8_t> mask(memory.data(), label.height, label.width);
  for (Index y = 0; y < label.height; ++y) {
    std::replace_copy(label.row(y), label.row(y) + label.width, mask.row(y), kIgnored,
                      std::uint8_t{0});
  }
  return mask;
}

std::uint32_t largest_id(Plane<const std::uint32_t> cells) {
  std::uint32_t largest = 0;
  for (Index y = 0; y < cells.height; ++y) {
    const std::uint32_t* row = cells.row(y);
    for (Index x = 0; x < cells.width; ++x) largest = std::max(largest, row[x]);
  }
  return largest;
}

/// Adds the border term to rows of class weights, one after another.
template <class Number>
class BorderTerm {
 public:
  BorderTerm(const WeightMapConfig& config, Plane<const std::uint32_t> cells,
             Plane<const std::uint8_t> label, Index reach, NearestCells<Number>& nearest,
             AlignedVector<Number>& squares)
      : w0_(static_cast<float>(config.w0)),
        scale_(static_cast<float>(1 / (2 * config.sigma * config.sigma))),
        reach_(static_cast<float>(reach)),
        width_(cells.width),
        nearest_(nearest),
        squares_(squares) {
    nearest.begin(cells, label, reach);
    squares.resize(static_cast<std::size_t>(2 * round_up(width_, kLanes)));
  }
  void add(float* weights) {
    Number* d1 = squares_.data();
    Number* d2 = d1 + round_up(width_, kLanes);
    nearest_.next(d1, d2);
    if constexpr (sizeof(Number) == sizeof(std::int16_t)) {
      HWY_DYNAMIC_DISPATCH(AddBorderTerm16)(d1, d2, w0_, scale_, reach_, width_, weights);
    } else {
      HWY_DYNAMIC_DISPATCH(AddBorderTerm32)(d1, d2, w0_, scale_, reach_, width_, weights);
    }
  }

 private:
  float w0_, scale_, reach_;
  Index width_;
  NearestCells<Number>& nearest_;
  AlignedVector<Number>& squares_;
};

/// Fills each row with the weights of its classes, to which `add` adds its term; where pixels are
/// `ignored`, theirs is 0.
template <class Add>
void fill_rows(const ClassWeights& table, Plane<const std::uint8_t> label, bool ignored,
               Plane<float> weights, AlignedVector<float>& row, Add add) {
  row.resize(static_cast<std::size_t>(round_up(label.width, kLanes)));
  for (Index y = 0; y < label.height; ++y) {
    const std::uint8_t* classes = label.row(y);
    for (Index x = 0; x < label.width; ++x) row[static_cast<std::size_t>(x)] = table[classes[x]];
    add(row.data());
    for (Index x = 0; ignored && x < label.width; ++x) {
      if (classes[x] == kIgnored) row[static_cast<std::size_t>(x)] = 0;
    }
    std::copy_n(row.data(), label.width, weights.row(y));
  }
}

}  // namespace

void weight_map(const WeightMapConfig& config, int classes, Plane<const std::uint8_t> label,
                Plane<const std::uint32_t> instances, Plane<float> weights,
                WeightMapWorkspace& workspace) {
  Buffers& buffers = *workspace.buffers;
  const bool ignored = has_ignored(label);
  const auto [table, smallest] = class_weights(config.class_balance, classes, label, ignored);
  const Index reach = border_reach(config, smallest);
  const auto fill = [&, &weights_of = table](auto add) {
    fill_rows(weights_of, label, ignored, weights, buffers.weights, add);
  };
  if (reach == 0) return fill([](float*) {});

  std::uint32_t largest;
  if (instances.empty()) {
    buffers.cells.resize(static_cast<std::size_t>(label.size()));
    const Plane<std::uint32_t> cells(buffers.cells.data(), label.height, label.width);
    const auto mask = ignored ? annotated(label, buffers.annotated) : label;
    largest = label_components(mask, 8, cells, buffers.components);
    instances = cells;
  } else {
    largest = largest_id(instances);
  }
  const auto known = ignored ? label : Plane<const std::uint8_t>();
  using Short = NearestCells<std::int16_t>;
  if (reach <= Short::kLargestReach && largest <= Short::kLargestId) {
    BorderTerm term(config, instances, known, reach, buffers.nearest16, buffers.squares16);
    fill([&](float* row) { term.add(row); });
  } else {
    BorderTerm term(config, instances, known, reach, buffers.nearest32, buffers.squares32);
    fill([&](float* row) { term.add(row); });
  }
}

}  // namespace unetflow
#endif
