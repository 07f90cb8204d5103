#include "convolution/convolution.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "convolution/pointwise.hpp"
#include "convolution/scratch.hpp"
#include "convolution/winograd.hpp"

namespace unetflow {
namespace {

using winograd::kCoefficients;
using winograd::kColumnsA;
using winograd::kInput;
using winograd::kMostLanes;
using winograd::kOutput;

constexpr Index kTiles = 96;  // of a block: enough to reuse filters, few enough for the cache

/// Some of the tiles of one image of the batch, row by row.
struct Block {
  Index image, first, tiles;
};

/// How images fall into tiles, and tiles into blocks.
struct Grid {
  Index width, tiles;  ///< in tiles, of an image
  Index block;         ///< tiles of a whole block
  Index blocks;        ///< of an image
  Index size;          ///< blocks in all
  Index lanes;         ///< tiles that are transformed together
  Index panels;        ///< panels of B that a block's tiles fill
  Index pitch;         ///< room for a coefficient of each tile, and for whole vectors

  Grid(Index images, Index height_px, Index width_px, Index tiles_of_block)
      : width(divided_up(width_px, kOutput)),
        tiles(divided_up(height_px, kOutput) * width),
        block(std::min(tiles_of_block, tiles)),
        blocks(divided_up(tiles, block)),
        size(images * blocks),
        lanes(winograd::columns_b() / 2),
        panels(divided_up(block, winograd::columns_b())),
        pitch(panels * winograd::columns_b() + kMostLanes) {}

  Block operator[](Index i) const {
    const Index first = i % blocks * block;
    return {i / blocks, first, std::min(block, tiles - first)};
  }
  /// Calls f(y, x of a tile, tiles from there on in its row, number of the first in the block).
  template <class F>
  void for_rows(const Block& some, F f) const {
    for (Index done = 0; done < some.tiles;) {
      const Index y = (some.first + done) / width, x = (some.first + done) % width;
      const Index in_row = std::min(width - x, some.tiles - done);
      f(y, x, in_row, done);
      done += in_row;
    }
  }
};

/// Copies `count` rows of `plane` from (y, x) on, with zeros around it, to rows `pitch` long.
void copy_rows(const float* plane, Index height, Index width, Index y, Index x, Index count,
               float* to, Index pitch) {
  const Index left = std::clamp<Index>(-x, 0, pitch);
  const Index right = std::clamp<Index>(width - x, left, pitch);
  for (Index i = 0; i < count; ++i, to += pitch) {
    if (y + i < 0 || y + i >= height) {
      std::fill_n(to, pitch, 0.f);
      continue;
    }
    std::fill_n(to, left, 0.f);
    std::copy_n(plane + (y + i) * width + x + left, right - left, to + left);
    std::fill_n(to + right, pitch - right, 0.f);
  }
}

/// The transformed tiles of images [image, channel, y, x] with zeros around them: of a
/// convolution's inputs, or of its output's gradients.
struct Tiles {
  enum class Kind { kOfInput, kOfGradient };
  const float* values;
  Index channels, height, width, padding;
  Kind kind;

  Tiles(const at::Tensor& images, Index padding_, Kind kind_)
      : values(images.const_data_ptr<float>()),
        channels(images.size(1)),
        height(images.size(2)),
        width(images.size(3)),
        padding(padding_),
        kind(kind_) {}

  Index rows() const { return kind == Kind::kOfInput ? kInput : kOutput; }
  void transform(const float* from, Index pitch, Index tiles, winograd::Transformed to) const {
    (kind == Kind::kOfInput ? winograd::transform_input : winograd::transform_output_gradient)(
        from, pitch, tiles, to);
  }

  /// A row of tiles of one channel's plane, the first with its corner at (top, left). Whole vectors
  /// of tiles are read in place if there is a tile's room behind them; where there is padding, from
  /// a copy with zeros around it.
  void transform_row(const Grid& grid, const float* plane, Index top, Index left, Index tiles,
                     winograd::Transformed to) const {
    const auto through_copy = [&](Index begin, Index end) {
      if (begin == end) return;
      const Index pitch = kOutput * (end - begin + 2 * kMostLanes);
      float* const copy = scratch(Buffer::kRows, kInput * pitch);
      copy_rows(plane, height, width, top, left + begin * kOutput, rows(), copy, pitch);
      transform(copy, pitch, end - begin, {to.values + begin, to.plane});
    };
    Index begin = 0, end = 0;  // of those read in place
    if (top >= 0 && top + rows() <= height) {
      const Index outside = divided_up(std::max<Index>(-left, 0), kOutput);
      begin = std::min(round_up(outside, grid.lanes), tiles);
      const Index inside = std::min(tiles, (width - left) / kOutput - 1);
      end = begin + std::max<Index>(inside - begin, 0) / grid.lanes * grid.lanes;
    }
    through_copy(0, begin);
    if (begin < end) {
      transform(plane + top * width + left + begin * kOutput, width, end - begin,
                {to.values + begin, to.plane});
    }
    through_copy(end, tiles);
  }

  /// The coefficients [36][pitch] of a block's tiles, of one channel.
  void transform_block(const Grid& grid, const Block& block, Index channel, float* to) const {
    const float* plane = values + (block.image * channels + channel) * height * width;
    grid.for_rows(block, [&](Index y, Index x, Index tiles, Index first) {
      transform_row(grid, plane, y * kOutput - padding, x * kOutput - padding, tiles,
                    {to + first, grid.pitch});
    });
  }

  /// B for a convolution: panels [36][panel of tiles][channel].
  void pack_by_tiles(const Grid& grid, const Block& block, float* to) const {
    at::parallel_for(0, channels, 1, [&](std::int64_t begin, std::int64_t end) {
      float* const coefficients = scratch(Buffer::kTransformed, kCoefficients * grid.pitch);
      for (Index c = begin; c < end; ++c) {
        transform_block(grid, block, c, coefficients);
        winograd::pack_row(coefficients, grid.pitch, grid.panels, channels, c, to);
      }
    });
  }

  /// A factor for the filters' gradients: panels [36][panel of `columns` channels][tile].
  void pack_by_channels(const Grid& grid, const Block& block, Index columns, float* to) const {
    const Index panels = divided_up(channels, columns), plane = kCoefficients * grid.pitch;
    at::parallel_for(
        0, divided_up(channels, kColumnsA), 1, [&](std::int64_t begin, std::int64_t end) {
          float* const coefficients = scratch(Buffer::kTransformed, kColumnsA * plane);
          for (Index quad = begin; quad < end; ++quad) {
            const Index channel = quad * kColumnsA;
            // Columns beyond the last channel hold anything: no one reads their results.
            for (Index i = 0; i < kColumnsA && channel + i < channels; ++i) {
              transform_block(grid, block, channel + i, coefficients + i * plane);
            }
            for (Index p = 0; p < kCoefficients; ++p) {
              const float* lines[kColumnsA];
              for (Index i = 0; i < kColumnsA; ++i) {
                lines[i] = coefficients + i * plane + p * grid.pitch;
              }
              winograd::pack_columns(
                  lines, block.tiles,
                  to + (p * panels + channel / columns) * block.tiles * columns + channel % columns,
                  columns);
            }
          }
        });
  }
};

/// Transformed filters as A of a convolution: panels [36][panel of outgoing channels][incoming].
struct Filters {
  at::Tensor panels;
  Index outgoing, incoming;
  Index a_panels() const { return divided_up(outgoing, kColumnsA); }
};

/// Of a convolution by `weight`; or of its transpose, which takes what comes out to what went in.
Filters transformed_filters(const at::Tensor& weight, bool transposed) {
  Filters filters{{}, weight.size(transposed ? 1 : 0), weight.size(transposed ? 0 : 1)};
  const Index outgoing = filters.outgoing, incoming = filters.incoming;
  const Index panels = filters.a_panels();
  filters.panels = at::empty({kCoefficients, panels, incoming, kColumnsA}, weight.options());
  // Filters of the same outgoing channel side by side.
  const at::Tensor ordered = transposed ? weight.transpose(0, 1).contiguous() : weight;
  const float* from = ordered.const_data_ptr<float>();
  float* const to = filters.panels.data_ptr<float>();
  at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
    const Index pitch = incoming + kMostLanes, plane = kCoefficients * pitch;
    float* const coefficients = scratch(Buffer::kTransformed, kColumnsA * plane);
    for (Index panel = begin; panel < end; ++panel) {
      for (Index i = 0; i < kColumnsA && panel * kColumnsA + i < outgoing; ++i) {
        winograd::transform_filters(from + (panel * kColumnsA + i) * incoming * 9, incoming,
                                    transposed, {coefficients + i * plane, pitch});
      }
      for (Index p = 0; p < kCoefficients; ++p) {
        const float* lines[kColumnsA];
        for (Index i = 0; i < kColumnsA; ++i) lines[i] = coefficients + i * plane + p * pitch;
        winograd::pack_columns(lines, incoming, to + (p * panels + panel) * incoming * kColumnsA,
                               kColumnsA);
      }
    }
  });
  return filters;
}

/// Blocks side by side if there are enough of them, otherwise one after another on all threads.
template <class F>
void for_blocks(const Grid& grid, F f) {
  if (grid.size >= at::get_num_threads()) {
    at::parallel_for(0, grid.size, 1, [&](std::int64_t begin, std::int64_t end) {
      for (Index i = begin; i < end; ++i) f(grid[i]);
    });
  } else {
    for (Index i = 0; i < grid.size; ++i) f(grid[i]);
  }
}

/// The matrix products of all 36 coefficients; `_size` is from one coefficient to the next.
void multiply_all(const float* a, Index a_panels, Index a_size, const float* b, Index b_panels,
                  Index b_size, Index count, bool add, float* c, Index c_size) {
  at::parallel_for(0, kCoefficients, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index p = begin; p < end; ++p) {
      winograd::multiply(a + p * a_size, a_panels, b + p * b_size, b_panels, count, add,
                         c + p * c_size);
    }
  });
}

/// Output transform of one channel's tiles of a block, to its plane [height, width].
void transform_to_plane(const Grid& grid, const Block& block, float* coefficients, float bias,
                        float* plane, Index height, Index width) {
  grid.for_rows(block, [&](Index y, Index x, Index tiles, Index first) {
    const Index rows = std::min(kOutput, height - y * kOutput);
    const Index across = std::min(tiles * kOutput, width - x * kOutput);
    float* const at = plane + y * kOutput * width + x * kOutput;
    // Whole vectors of tiles go to their place, the rest through a buffer.
    const Index whole = rows < kOutput ? 0 : across / kOutput / grid.lanes * grid.lanes;
    winograd::transform_output({coefficients + first, grid.pitch}, whole, bias, at, width);
    const Index pitch = kOutput * (tiles - whole + kMostLanes);
    float* const buffer = scratch(Buffer::kRows, kOutput * pitch);
    winograd::transform_output({coefficients + first + whole, grid.pitch}, tiles - whole, bias,
                               buffer, pitch);
    for (Index i = 0; i < rows; ++i) {
      std::copy_n(buffer + i * pitch, across - whole * kOutput, at + i * width + whole * kOutput);
    }
  });
}

/// Images [image, channel, y, x] convolved with the filters; `bias` may be nullptr.
at::Tensor convolve(const at::Tensor& images, const Filters& filters, const float* bias,
                    Index padding) {
  const Index incoming = filters.incoming, outgoing = filters.outgoing;
  const Index height = images.size(2) + 2 * padding - 2;
  const Index width = images.size(3) + 2 * padding - 2;
  const Tiles input(images, padding, Tiles::Kind::kOfInput);
  const Grid grid(images.size(0), height, width, kTiles);
  const Index a_panels = filters.a_panels(), columns = winograd::columns_b();
  const Index rows_c = a_panels * kColumnsA;
  const Index a_size = rows_c * incoming, b_size = grid.panels * incoming * columns;
  const Index c_size = grid.panels * rows_c * columns;
  const float* const a = filters.panels.const_data_ptr<float>();
  at::Tensor out = at::empty({images.size(0), outgoing, height, width}, images.options());
  float* const planes = out.data_ptr<float>();
  for_blocks(grid, [&](const Block& block) {
    float* const b = scratch(Buffer::kFactor, kCoefficients * b_size);
    float* const c = scratch(Buffer::kOtherFactor, kCoefficients * c_size);
    input.pack_by_tiles(grid, block, b);
    multiply_all(a, a_panels, a_size, b, grid.panels, b_size, incoming, false, c, c_size);
    at::parallel_for(0, outgoing, 1, [&](std::int64_t begin, std::int64_t end) {
      float* const coefficients = scratch(Buffer::kTransformed, kCoefficients * grid.pitch);
      for (Index k = begin; k < end; ++k) {
        winograd::unpack_row(c, grid.pitch, grid.panels, rows_c, k, coefficients);
        transform_to_plane(grid, block, coefficients, bias == nullptr ? 0 : bias[k],
                           planes + (block.image * outgoing + k) * height * width, height, width);
      }
    });
  });
  return out;
}

/// The filters' gradients' coefficients: C[panel of B][outgoing][columns of B] for each of the 36.
struct FilterGradientSums {
  Index a_panels, b_panels, columns;
  Index size() const { return b_panels * a_panels * kColumnsA * columns; }

  /// Adds those of one block, from both its packed factors.
  void add(const Grid& grid, const Block& block, const Tiles& input, const Tiles& gradient,
           float* sums) const {
    const Index a_size = a_panels * kColumnsA * block.tiles;
    const Index b_size = b_panels * columns * block.tiles;
    float* const b = scratch(Buffer::kFactor, kCoefficients * b_size);
    float* const a = scratch(Buffer::kOtherFactor, kCoefficients * a_size);
    input.pack_by_channels(grid, block, columns, b);
    gradient.pack_by_channels(grid, block, kColumnsA, a);
    multiply_all(a, a_panels, a_size, b, b_panels, b_size, block.tiles, true, sums, size());
  }
};

/// The weight's gradient from the output's.
at::Tensor weight_gradient(const at::Tensor& input, const at::Tensor& gradient, Index padding) {
  const Tiles before(input, padding, Tiles::Kind::kOfInput);
  const Tiles after(gradient, 0, Tiles::Kind::kOfGradient);
  const Index incoming = before.channels, outgoing = after.channels;
  const Index columns = winograd::columns_b();
  const FilterGradientSums of{divided_up(outgoing, kColumnsA), divided_up(incoming, columns),
                              columns};
  // While sums are small, blocks are added up in several parts side by side. How many there are
  // follows from sizes alone: bytes must depend neither on threads nor on vectors.
  const Index parts_at_most = (1 << 18) / (incoming * outgoing);
  const bool small = parts_at_most >= 4;
  const Grid grid(input.size(0), gradient.size(2), gradient.size(3), small ? kTiles : 4 * kTiles);
  const Index parts = small ? std::min<Index>({parts_at_most, grid.size, 32}) : 1;
  at::Tensor sums = at::zeros({parts, kCoefficients, of.size()}, input.options());
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index part = begin; part < end; ++part) {
      float* const own = sums.data_ptr<float>() + part * kCoefficients * of.size();
      for (Index i = part * grid.size / parts; i < (part + 1) * grid.size / parts; ++i) {
        of.add(grid, grid[i], before, after, own);
      }
    }
  });
  for (Index part = 1; part < parts; ++part) sums[0].add_(sums[part]);
  at::Tensor weight = at::empty({outgoing, incoming, 3, 3}, input.options());
  float* const to = weight.data_ptr<float>();
  float* const from = sums.data_ptr<float>();
  at::parallel_for(0, outgoing, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index k = begin; k < end; ++k) {
      for (Index panel = 0; panel < of.b_panels; ++panel) {
        const Index first = panel * columns;
        winograd::transform_filter_gradients(
            {from + (panel * of.a_panels * kColumnsA + k) * columns, of.size()},
            std::min(columns, incoming - first), to + (k * incoming + first) * 9);
      }
    }
  });
  return weight;
}

struct Convolution : torch::autograd::Function<Convolution> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias,
                            std::int64_t padding) {
    context->save_for_backward({input, weight});
    context->saved_data["padding"] = padding;
    return convolve(input, transformed_filters(weight, false), bias.const_data_ptr<float>(),
                    padding);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1];
    const std::int64_t padding = context->saved_data["padding"].toInt();
    const at::Tensor gradient = gradients[0].contiguous();
    at::Tensor of_input;
    if (context->needs_input_grad(0)) {
      of_input = convolve(gradient, transformed_filters(weight, true), nullptr, 2 - padding);
    }
    return {of_input, weight_gradient(input, gradient, padding), channel_sums(gradient), {}};
  }
};

}  // namespace

at::Tensor winograd_convolution(const at::Tensor& input, const at::Tensor& weight,
                                const at::Tensor& bias, std::int64_t padding) {
  return Convolution::apply(input.contiguous(), weight, bias, padding);
}

}  // namespace unetflow
