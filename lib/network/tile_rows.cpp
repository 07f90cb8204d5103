#include "network/tile_rows.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>

#include "core/error.hpp"
#include "image/mirror.hpp"
#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/geometry.hpp"
#include "network/host_copy.hpp"
#include "network/network.hpp"
#include "network/softmax.hpp"
#include "sample/tile_grid.hpp"

namespace unetflow {
namespace {

/// The tiles that an image is predicted in. Of an output tile only the inner part is used, without
/// the border that depends on where the input ends.
struct TilePlan {
  Index border;  ///< px; what is left out of the output on each side
  Index reach;   ///< px; the input reaches this far beyond the inner part on each side
  Index inner_size, output_size, input_size;  ///< px
  std::vector<TilePosition> positions;        ///< of the inner parts
};

TilePlan plan_tiles(const NetworkConfig& network, Index tile_size, Index height, Index width) {
  const NetworkGeometry geometry = geometry_of(network);
  const Index stride = geometry.pooling_stride;
  const bool blended = has_tile_statistics(network);
  // Without blending, a tile need not be larger than the image.
  const Index wished =
      blended ? tile_size : std::clamp(tile_size, stride, std::max({height, width, stride}));
  TilePlan plan;
  plan.border = round_up(geometry.padding_affected_border, stride);
  plan.reach = plan.border + geometry.margin;
  plan.output_size = geometry.nearest_output_size(wished + 2 * plan.border);
  plan.inner_size = plan.output_size - 2 * plan.border;
  plan.input_size = plan.output_size + 2 * geometry.margin;
  const Index overlap = blended ? plan.inner_size / 4 : 0;
  for (const Index y : aligned_tile_starts(height, plan.inner_size, stride, overlap)) {
    for (const Index x : aligned_tile_starts(width, plan.inner_size, stride, overlap)) {
      plan.positions.push_back({y, x});
    }
  }
  return plan;
}

/// The inputs [count, channels, y, x] of `count` tiles from number `first` on, mirrored where they
/// reach beyond the image; pinned for a GPU.
at::Tensor cut_inputs(const TilePlan& plan, size_t first, size_t count, Stack<const float> image,
                      bool pinned) {
  const Index size = plan.input_size;
  at::Tensor inputs = at::empty({static_cast<Index>(count), image.channels, size, size},
                                at::dtype(at::kFloat).pinned_memory(pinned));
  for (size_t i = 0; i < count; ++i) {
    const Stack<float> tile(inputs[static_cast<Index>(i)].data_ptr<float>(), image.channels, size,
                            size);
    const auto [y, x] = plan.positions[first + i];
    for (Index c = 0; c < image.channels; ++c) {
      extrapolate_by_mirroring(image.plane(c), y - plan.reach, x - plan.reach, tile.plane(c));
    }
  }
  return inputs;
}

/// The softmax over classes of [tile, class, y, x]; on a CPU with the same bits on every processor.
at::Tensor class_probabilities(const at::Tensor& logits) {
  if (!logits.is_cpu()) return at::softmax(logits.to(at::kFloat), 1);
  const at::Tensor given = logits.to(at::kFloat).contiguous();
  at::Tensor probability = at::empty_like(given);
  const Index classes = given.size(1), plane = given.size(2) * given.size(3);
  for (Index n = 0; n < given.size(0); ++n) {
    softmax(given.const_data_ptr<float>() + n * classes * plane, classes, plane, plane,
            probability.data_ptr<float>() + n * classes * plane, nullptr);
  }
  return probability;
}

/// Class probabilities [tile, class, y, x] of the tiles' inner parts, on the network's device.
at::Tensor probabilities(const Network& network, const at::Tensor& inputs, const TilePlan& plan) {
  const Arithmetic& arithmetic = network.arithmetic();
  at::Tensor logits;
  {
    const Autocast autocast(arithmetic.device.type(), arithmetic.bfloat16);
    const at::Tensor there = inputs.to(arithmetic.device, /*non_blocking=*/true);
    logits = network.forward(there.contiguous(arithmetic.layout), {});
  }
  return class_probabilities(logits)
      .narrow(2, plan.border, plan.inner_size)
      .narrow(3, plan.border, plan.inner_size);
}

/// Tiles that the device may still be computing.
struct LaunchedTiles {
  size_t first, count;
  HostCopy probabilities;
};

/// The weighted mean of tiles where they overlap. A tile's weight grows from its sides to its
/// middle, so that one tile passes smoothly into the next. Holds the rows of one tile.
class BlendedTiles {
 public:
  /// Tiles come row by row; `rows` gets what no later one reaches, of this range.
  BlendedTiles(Index classes, RowRange range, Index width, Index inner_size,
               std::deque<Picture<float>>& rows)
      : range_(range),
        sum_(classes, std::min(range.end, inner_size), width),
        weight_sum_(sum_.height, width),
        rows_(rows) {
    for (Index i = 0; i < inner_size; ++i) {
      ramp_.push_back(static_cast<float>(std::min(i + 1, inner_size - i)));
    }
  }

  /// The inner part of a tile, at this position.
  void add(Stack<const float> tile, TilePosition position) {
    const auto [top, left] = position;
    if (top >= range_.end || top + size() <= range_.first) return;
    if (first_ < 0) first_ = top;
    if (top > first_) give_rows(top - first_);
    const Index height = std::min(size(), range_.end - top);
    const Index width = std::min(size(), sum_.width - left);
    for (Index y = 0; y < height; ++y) {
      for (Index x = 0; x < width; ++x) {
        const float weight = ramp_[static_cast<size_t>(y)] * ramp_[static_cast<size_t>(x)];
        weight_sum_.plane()(y, left + x) += weight;
        for (Index c = 0; c < tile.channels; ++c) {
          sum_.plane(c)(y, left + x) += weight * tile.plane(c)(y, x);
        }
      }
    }
  }

  /// After the last tile.
  void close() { give_rows(range_.end - first_); }

 private:
  Index size() const { return static_cast<Index>(ramp_.size()); }

  /// Gives the first rows held, and moves up those behind them.
  void give_rows(Index count) {
    Picture<float> mean(sum_.channels, count, sum_.width);
    for (Index c = 0; c < sum_.channels; ++c) {
      std::transform(sum_.plane(c).row(0), sum_.plane(c).row(count), weight_sum_.plane().row(0),
                     mean.plane(c).row(0), std::divides<>());
      move_up(sum_.plane(c), count);
    }
    move_up(weight_sum_.plane(), count);
    if (first_ >= range_.first) rows_.push_back(std::move(mean));
    first_ += count;
  }

  static void move_up(Plane<float> plane, Index count) {
    float* const end = plane.row(plane.height);
    std::fill(std::copy(plane.row(count), end, plane.row(0)), end, 0.F);
  }

  RowRange range_;
  Index first_ = -1;  // row of the image that is the first held; below 0: none is
  Picture<float> sum_, weight_sum_;
  std::deque<Picture<float>>& rows_;
  std::vector<float> ramp_;
};

void check_finite(const Picture<float>& probability, const std::string& place) {
  const auto& values = probability.values;
  if (std::all_of(values.begin(), values.end(), [](float p) { return std::isfinite(p); })) return;
  throw InputError(place,
                   "gives probabilities that are not numbers: its values, or the network's "
                   "weights, are too large or not finite");
}

}  // namespace

std::vector<Index> aligned_tile_starts(Index size, Index tile, Index stride, Index overlap) {
  const Index apart = tile - overlap;
  // Tiles smaller than the stride cannot all begin at its multiples; those of such a size need not.
  const Index step = tile < stride ? apart : std::max(apart / stride, Index{1}) * stride;
  std::vector<Index> starts = {0};
  while (starts.back() + tile < size) {
    // The last tile reaches as little beyond the end as it can.
    const Index last = round_up(size - tile, stride);
    starts.push_back(std::min(starts.back() + step, last));
  }
  return starts;
}

std::vector<RowRange> tile_rows(const NetworkConfig& network, Index tile_size, Index height,
                                Index width) {
  std::vector<RowRange> parts;
  for (const auto [y, x] : plan_tiles(network, tile_size, height, width).positions) {
    if (x > 0) continue;
    if (!parts.empty()) parts.back().end = y;
    parts.push_back({y, height});
  }
  return parts;
}

struct TileRows::State {
  State(const Network& of, const TilePlan& tiles, Index in_batch, Stack<const float> of_image,
        std::string of_place, RowRange of_range)
      : network(of),
        plan(tiles),
        batch(static_cast<size_t>(in_batch)),
        image(of_image),
        place(std::move(of_place)),
        range(of_range),
        blended(of.config().classes, of_range, of_image.width, tiles.inner_size, ready) {}

  /// Adds the tiles that were launched first, all but so many.
  void add_all_but(size_t left) {
    const Index size = plan.inner_size, classes = network.config().classes;
    for (; launched.size() > left; launched.pop_front()) {
      const auto& [first, count, probabilities_of] = launched.front();
      const at::Tensor& tiles = probabilities_of.values();
      for (size_t i = 0; i < count; ++i) {
        const Stack<const float> tile(tiles[static_cast<Index>(i)].const_data_ptr<float>(), classes,
                                      size, size);
        blended.add(tile, plan.positions[first + i]);
      }
    }
  }

  /// The next tiles that reach into the range, through the network. A GPU computes them while the
  /// host cuts the next and adds those before. Whatever the range, the same tiles go together.
  void launch_batch() {
    const bool gpu = network.arithmetic().device.is_cuda();
    const size_t first = next_tile, count = std::min(plan.positions.size() - first, batch);
    next_tile += count;
    const auto &top = plan.positions[first], &bottom = plan.positions[first + count - 1];
    if (top.y >= range.end || bottom.y + plan.inner_size <= range.first) return;
    const at::Tensor inputs = cut_inputs(plan, first, count, image, gpu);
    launched.push_back({first, count, HostCopy(probabilities(network, inputs, plan))});
    add_all_but(gpu ? 1 : 0);
  }

  void step() {
    if (next_tile < plan.positions.size()) return launch_batch();
    add_all_but(0);
    blended.close();
    closed = true;
  }

  const Network& network;
  TilePlan plan;
  size_t batch, next_tile = 0;
  Stack<const float> image;
  std::string place;
  RowRange range;
  std::deque<LaunchedTiles> launched;
  std::deque<Picture<float>> ready;
  BlendedTiles blended;
  bool closed = false;
};

TileRows::TileRows(const Network& network, Index tile_size, Index batch, Stack<const float> image,
                   const std::string& place, RowRange range)
    : state_(std::make_unique<State>(
          network, plan_tiles(network.config(), tile_size, image.height, image.width), batch, image,
          place, range)) {}
TileRows::TileRows(TileRows&&) noexcept = default;
TileRows& TileRows::operator=(TileRows&&) noexcept = default;
TileRows::~TileRows() = default;

std::optional<Picture<float>> TileRows::next() {
  const at::NoGradGuard no_gradients;
  auto& ready = state_->ready;
  while (ready.empty() && !state_->closed) state_->step();
  if (ready.empty()) return {};
  auto rows = std::move(ready.front());
  ready.pop_front();
  check_finite(rows, state_->place);
  return rows;
}

}  // namespace unetflow
