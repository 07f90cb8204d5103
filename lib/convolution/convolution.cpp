#include "convolution/convolution.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "convolution/winograd.hpp"

namespace unetflow {
namespace {

using winograd::kInput;
using winograd::kLeft;
using winograd::kMostLanes;
using winograd::kOutput;
using winograd::kPoints;

/// Some of the tiles of one picture of the batch, in raster order.
struct Block {
  Index picture, first, tiles;
};

/// How pictures fall into tiles, and tiles into blocks.
struct Grid {
  Index width, tiles;  ///< in tiles, of a picture
  Index block;         ///< tiles of a whole block
  Index blocks;        ///< of a picture
  Index size;          ///< blocks in all
  Index lanes;         ///< tiles that are computed together
  Index panels;        ///< right panels that a block's tiles fill
  Index pitch;         ///< room for a number of each tile, and for whole vectors

  Grid(Index pictures, Index height_px, Index width_px, Index tiles_of_block)
      : width(divided_up(width_px, kOutput)),
        tiles(divided_up(height_px, kOutput) * width),
        block(std::min(tiles_of_block, tiles)),
        blocks(divided_up(tiles, block)),
        size(pictures * blocks),
        lanes(winograd::right_columns() / 2),
        panels(divided_up(block, winograd::right_columns())),
        pitch(panels * winograd::right_columns() + kMostLanes) {}

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

/// This thread's memory for one purpose; what is in it is of no meaning, but finite.
enum class Purpose { kRows, kLines, kBefore, kAfter, kCount };
float* scratch(Purpose purpose, Index size) {
  thread_local at::Tensor buffers[static_cast<size_t>(Purpose::kCount)];
  at::Tensor& buffer = buffers[static_cast<size_t>(purpose)];
  if (!buffer.defined() || buffer.numel() < size) buffer = at::zeros(size);
  return buffer.data_ptr<float>();
}

/// Copies `count` rows of `plane` from (y, x) on, zeros around it, to rows `pitch` long.
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

/// Pictures [picture, channel, y, x] with zeros around them, tile by tile in the other basis.
struct Tiles {
  enum class Kind { kOfInput, kOfGradient };
  const float* values;
  Index channels, height, width, padding;
  Kind kind;

  Tiles(const at::Tensor& pictures, Index padding_, Kind kind_)
      : values(pictures.const_data_ptr<float>()),
        channels(pictures.size(1)),
        height(pictures.size(2)),
        width(pictures.size(3)),
        padding(padding_),
        kind(kind_) {}

  /// The numbers [36][pitch] of a block's tiles, of one channel.
  void line(const Grid& grid, const Block& block, Index channel, float* to) const {
    const float* plane = values + (block.picture * channels + channel) * height * width;
    const Index count = kind == Kind::kOfInput ? kInput : kOutput;
    const auto change = kind == Kind::kOfInput ? winograd::from_input : winograd::from_gradient;
    grid.for_rows(block, [&](Index y, Index x, Index tiles, Index first) {
      const Index top = y * kOutput - padding, left = x * kOutput - padding;
      const auto through_copy = [&](Index begin, Index end) {
        if (begin == end) return;
        const Index pitch = kOutput * (end - begin + 2 * kMostLanes);
        float* const rows = scratch(Purpose::kRows, kInput * pitch);
        copy_rows(plane, height, width, top, left + begin * kOutput, count, rows, pitch);
        change(rows, pitch, end - begin, {to + first + begin, grid.pitch});
      };
      // Whole vectors of tiles are read where they lie, with a tile's room behind them; where there
      // is padding, from a copy with zeros around it.
      Index begin = 0, end = 0;
      if (top >= 0 && top + count <= height) {
        begin =
            std::min(round_up(divided_up(std::max<Index>(-left, 0), kOutput), grid.lanes), tiles);
        const Index inside = std::min(tiles, (width - left) / kOutput - 1);
        end = begin + std::max<Index>(inside - begin, 0) / grid.lanes * grid.lanes;
      }
      through_copy(0, begin);
      if (begin < end) {
        change(plane + top * width + left + begin * kOutput, width, end - begin,
               {to + first + begin, grid.pitch});
      }
      through_copy(end, tiles);
    });
  }

  /// Right panels [36][panel of tiles][channel].
  void by_tiles(const Grid& grid, const Block& block, float* to) const {
    at::parallel_for(0, channels, 1, [&](std::int64_t begin, std::int64_t end) {
      float* const numbers = scratch(Purpose::kLines, kPoints * grid.pitch);
      for (Index c = begin; c < end; ++c) {
        line(grid, block, c, numbers);
        winograd::to_panels(numbers, grid.pitch, grid.panels, channels, c, to);
      }
    });
  }

  /// Panels [36][panel of `columns` channels][tile].
  void by_channels(const Grid& grid, const Block& block, Index columns, float* to) const {
    const Index panels = divided_up(channels, columns);
    at::parallel_for(0, divided_up(channels, kLeft), 1, [&](std::int64_t begin, std::int64_t end) {
      float* const numbers = scratch(Purpose::kLines, kLeft * kPoints * grid.pitch);
      for (Index quad = begin; quad < end; ++quad) {
        const Index channel = quad * kLeft;
        const float* lines[kLeft];
        for (Index i = 0; i < kLeft; ++i) {
          float* const at = numbers + i * kPoints * grid.pitch;
          lines[i] = at;
          // What the last panel has too many goes into results that nobody asks for.
          if (channel + i < channels) line(grid, block, channel + i, at);
        }
        for (Index p = 0; p < kPoints; ++p) {
          winograd::interleave(
              lines, block.tiles,
              to + (p * panels + channel / columns) * block.tiles * columns + channel % columns,
              columns);
          for (auto& at : lines) at += grid.pitch;
        }
      }
    });
  }
};

/// Kernels in the other basis, as left panels [36][panel of outgoing channels][incoming channel].
struct Kernels {
  at::Tensor panels;
  Index outgoing, incoming;

  /// Of a convolution by `weight`; or of its transpose, where what comes in went out.
  static Kernels of(const at::Tensor& weight, bool transposed) {
    Kernels kernels{{}, weight.size(transposed ? 1 : 0), weight.size(transposed ? 0 : 1)};
    const Index panels = divided_up(kernels.outgoing, kLeft);
    const Index outgoing = kernels.outgoing, incoming = kernels.incoming;
    kernels.panels = at::empty({kPoints, panels, incoming, kLeft}, weight.options());
    // Kernels of the same outgoing channel side by side.
    const at::Tensor ordered = transposed ? weight.transpose(0, 1).contiguous() : weight;
    const float* from = ordered.const_data_ptr<float>();
    float* const to = kernels.panels.data_ptr<float>();
    at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
      const Index pitch = incoming + kMostLanes;
      float* const numbers = scratch(Purpose::kLines, kLeft * kPoints * pitch);
      for (Index panel = begin; panel < end; ++panel) {
        const float* lines[kLeft];
        for (Index i = 0; i < kLeft; ++i) {
          float* const at = numbers + i * kPoints * pitch;
          lines[i] = at;
          const Index k = panel * kLeft + i;
          if (k < outgoing) {
            winograd::from_kernels(from + k * incoming * 9, incoming, transposed, {at, pitch});
          }
        }
        for (Index p = 0; p < kPoints; ++p) {
          winograd::interleave(lines, incoming, to + (p * panels + panel) * incoming * kLeft,
                               kLeft);
          for (auto& at : lines) at += pitch;
        }
      }
    });
    return kernels;
  }
};

/// Side by side when there are enough blocks, otherwise one after another on all threads.
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

constexpr Index kTiles = 96;  // of a block: enough to reuse kernels, few enough for the cache

at::Tensor convolved(const at::Tensor& pictures, const Kernels& kernels, const float* bias,
                     Index padding) {
  const Index incoming = kernels.incoming, outgoing = kernels.outgoing;
  const Index height = pictures.size(2) + 2 * padding - 2;
  const Index width = pictures.size(3) + 2 * padding - 2;
  const Tiles input(pictures, padding, Tiles::Kind::kOfInput);
  const Grid grid(pictures.size(0), height, width, kTiles);
  const Index columns = winograd::right_columns();
  const Index left_panels = divided_up(outgoing, kLeft), rows_after = left_panels * kLeft;
  const float* const left = kernels.panels.const_data_ptr<float>();
  at::Tensor out = at::empty({pictures.size(0), outgoing, height, width}, pictures.options());
  float* const planes = out.data_ptr<float>();
  for_blocks(grid, [&](const Block& block) {
    const Index size_before = grid.panels * incoming * columns;
    const Index size_after = grid.panels * rows_after * columns;
    float* const before = scratch(Purpose::kBefore, kPoints * size_before);
    float* const after = scratch(Purpose::kAfter, kPoints * size_after);
    input.by_tiles(grid, block, before);
    at::parallel_for(0, kPoints, 1, [&](std::int64_t begin, std::int64_t end) {
      for (Index p = begin; p < end; ++p) {
        winograd::multiply(left + p * left_panels * incoming * kLeft, left_panels,
                           before + p * size_before, grid.panels, incoming, false,
                           after + p * size_after);
      }
    });
    at::parallel_for(0, outgoing, 1, [&](std::int64_t begin, std::int64_t end) {
      float* const numbers = scratch(Purpose::kLines, kPoints * grid.pitch);
      for (Index k = begin; k < end; ++k) {
        winograd::from_panels(after, grid.pitch, grid.panels, rows_after, k, numbers);
        float* const plane = planes + (block.picture * outgoing + k) * height * width;
        grid.for_rows(block, [&](Index y, Index x, Index tiles, Index first) {
          const float added = bias == nullptr ? 0 : bias[k];
          const Index rows = std::min(kOutput, height - y * kOutput);
          const Index across = std::min(tiles * kOutput, width - x * kOutput);
          float* const at = plane + y * kOutput * width + x * kOutput;
          // Whole vectors of tiles go where they belong, what is left through a buffer.
          const Index whole = rows < kOutput ? 0 : across / kOutput / grid.lanes * grid.lanes;
          winograd::to_output({numbers + first, grid.pitch}, whole, added, at, width);
          const Index pitch = kOutput * (tiles - whole + kMostLanes);
          float* const buffer = scratch(Purpose::kRows, kOutput * pitch);
          winograd::to_output({numbers + first + whole, grid.pitch}, tiles - whole, added, buffer,
                              pitch);
          for (Index i = 0; i < rows; ++i) {
            std::copy_n(buffer + i * pitch, across - whole * kOutput,
                        at + i * width + whole * kOutput);
          }
        });
      }
    });
  });
  return out;
}

/// The weight's gradient from the output's.
at::Tensor weight_gradient(const at::Tensor& input, const at::Tensor& gradient, Index padding) {
  const Tiles before(input, padding, Tiles::Kind::kOfInput);
  const Tiles after(gradient, 0, Tiles::Kind::kOfGradient);
  const Index incoming = before.channels, outgoing = after.channels;
  const Index columns = winograd::right_columns();
  const Index left_panels = divided_up(outgoing, kLeft);
  const Index right_panels = divided_up(incoming, columns);
  const Index size = right_panels * left_panels * kLeft * columns;  // of the sums for one number
  // Each thread sums up by itself while the sums are small; large ones are read and written seldom.
  const bool small = size <= 1 << 16;
  const Grid grid(input.size(0), gradient.size(2), gradient.size(3), small ? kTiles : 4 * kTiles);
  const Index threads = at::get_num_threads();
  const Index parts = small && grid.size >= threads ? threads : 1;
  at::Tensor sums = at::zeros({parts, kPoints, size}, input.options());
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index part = begin; part < end; ++part) {
      float* const sum = sums.data_ptr<float>() + part * kPoints * size;
      for (Index i = part * grid.size / parts; i < (part + 1) * grid.size / parts; ++i) {
        const Block block = grid[i];
        const Index right_size = right_panels * columns * block.tiles;
        const Index left_size = left_panels * kLeft * block.tiles;
        float* const right = scratch(Purpose::kBefore, kPoints * right_size);
        float* const left = scratch(Purpose::kAfter, kPoints * left_size);
        before.by_channels(grid, block, columns, right);
        after.by_channels(grid, block, kLeft, left);
        at::parallel_for(0, kPoints, 1, [&](std::int64_t first, std::int64_t last) {
          for (Index p = first; p < last; ++p) {
            winograd::multiply(left + p * left_size, left_panels, right + p * right_size,
                               right_panels, block.tiles, true, sum + p * size);
          }
        });
      }
    }
  });
  if (parts > 1) sums = sums.sum(0);
  at::Tensor weight = at::empty({outgoing, incoming, 3, 3}, input.options());
  float* const to = weight.data_ptr<float>();
  float* const from = sums.data_ptr<float>();
  at::parallel_for(0, outgoing, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index k = begin; k < end; ++k) {
      for (Index panel = 0; panel < right_panels; ++panel) {
        const Index first = panel * columns;
        winograd::to_kernels({from + (panel * left_panels * kLeft + k) * columns, size},
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
    return convolved(input, Kernels::of(weight, false), bias.const_data_ptr<float>(), padding);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1];
    const std::int64_t padding = context->saved_data["padding"].toInt();
    const at::Tensor gradient = gradients[0].contiguous();
    at::Tensor of_input;
    if (context->needs_input_grad(0)) {
      of_input = convolved(gradient, Kernels::of(weight, true), nullptr, 2 - padding);
    }
    return {of_input, weight_gradient(input, gradient, padding), gradient.sum({0, 2, 3}), {}};
  }
};

}  // namespace

at::Tensor winograd_convolution(const at::Tensor& input, const at::Tensor& weight,
                                const at::Tensor& bias, std::int64_t padding) {
  constexpr std::int64_t kFewest = 8;  // channels; below, the products no longer pay
  if (input.size(1) < kFewest || weight.size(0) < kFewest) {
    return at::conv2d(input, weight, bias, 1, padding);
  }
  return Convolution::apply(input.contiguous(), weight, bias, padding);
}

}  // namespace unetflow
