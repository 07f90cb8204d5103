#include "convolution/convolution.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "convolution/grid.hpp"
#include "convolution/images.hpp"
#include "convolution/pointwise.hpp"
#include "convolution/scratch.hpp"
#include "convolution/winograd.hpp"

namespace unetflow {
namespace {

using winograd::Block;
using winograd::Grid;
using winograd::kCoefficients;
using winograd::kInput;
using winograd::kMostLanes;
using winograd::kOutput;
using winograd::kRowsA;
using winograd::Transformed;

constexpr Index kTiles = 96;  // of a block: enough to reuse filters, few enough for the cache
/// Added to sizes that would be powers of two: what lies such a size apart shares its place in a
/// cache.
constexpr Index kOffset = 16;

/// The transformed tiles of images with zeros around them: of a convolution's inputs, or of its
/// output's gradients.
struct Tiles {
  enum class Kind { kOfInput, kOfGradient };
  Images images;
  Index padding;
  Kind kind;

  Index channels() const { return images.channels; }
  Index rows() const { return kind == Kind::kOfInput ? kInput : kOutput; }
  void transform(const float* from, const float* rest, Index pitch, Index first, Index tiles,
                 Transformed to, const float* next) const {
    if (kind == Kind::kOfInput) {
      winograd::transform_input(from, rest, pitch, first, tiles, to, next);
    } else {
      winograd::transform_output_gradient(from, pitch, first, tiles, to, next);
    }
  }

  /// Copies `count` numbers of each row of tiles whose corner is (y, x), with zeros around the
  /// plane; the same of plane `next`, which may be nullptr, are asked for.
  void copy(Rows plane, const float* next, Index y, Index x, Index count, float* to,
            Index pitch) const {
    const Index left = std::clamp<Index>(-x, 0, count);
    const Index right = std::clamp<Index>(images.width - x, left, count);
    for (Index i = 0; i < rows(); ++i, to += pitch) {
      if (y + i < 0 || y + i >= images.height) {
        std::fill_n(to, count, 0.f);
        continue;
      }
      std::fill_n(to, left, 0.f);
      const Index first = (y + i) * plane.pitch + x + left;
      if (next != nullptr) {
        constexpr Index kLine = 16;  // numbers of a cache line
        for (Index k = 0; k < right - left; k += kLine) __builtin_prefetch(next + first + k);
      }
      std::copy_n(plane.values + first, right - left, to + left);
      std::fill_n(to + right, count - right, 0.f);
    }
  }

  /// The coefficients of a block's tiles, of one channel. Whole vectors of tiles are read in place;
  /// those in several rows of tiles or at the sides from a copy.
  void transform_block(const Grid& grid, const Block& block, Index channel, Transformed to) const {
    const Rows plane = images.plane(block.image, channel);
    const float* const next =
        channel + 1 < channels() ? images.plane(block.image, channel + 1).values : nullptr;
    const auto corner = [&](Index tile) { return tile * kOutput - padding; };
    grid.for_vectors(
        block,
        [&](Index y, Index x) {
          const bool inside =
              corner(y) >= 0 && corner(y) + rows() <= images.height && corner(x) >= 0;
          const Index behind = kind == Kind::kOfInput ? 1 : 0;  // tiles that are read besides
          return inside ? (images.width - corner(x)) / kOutput - behind : 0;
        },
        [&](Index y, Index x, Index tiles, Index first) {
          const float* const from = plane.values + corner(y) * plane.pitch + corner(x);
          transform(from, nullptr, plane.pitch, first, tiles, to,
                    next == nullptr ? nullptr : next + (from - plane.values));
        },
        [&](Index first, Index tiles) {
          constexpr Index pitch = kOutput * kMostLanes;
          float* const rows = scratch(Buffer::kRows, 2 * kInput * pitch);
          float* const rest = rows + kInput * pitch;
          grid.for_rows(block, first, tiles, [&](Index y, Index x, Index count, Index i) {
            const Index at = (i - first) * kOutput;
            copy(plane, next, corner(y), corner(x), count * kOutput, rows + at, pitch);
            if (kind == Kind::kOfInput) {
              copy(plane, nullptr, corner(y), corner(x) + kOutput, count * kOutput, rest + at,
                   pitch);
            }
          });
          transform(rows, rest, pitch, first, tiles, to, nullptr);
        });
  }

  /// Each channel's coefficients of a block's tiles as a row of a factor.
  void transform_to_rows(const Grid& grid, const Block& block, Transformed to, Index row) const {
    at::parallel_for(0, channels(), 1, [&](std::int64_t begin, std::int64_t end) {
      for (Index c = begin; c < end; ++c) {
        transform_block(grid, block, c, {to.values + c * row, to.plane, to.panel});
      }
    });
  }

  /// Each channel's coefficients as a column of B: panels [panel of channels][tile][columns].
  void transform_to_columns(const Grid& grid, const Block& block, Transformed to) const {
    constexpr Index kQuad = 4;
    const Index columns = winograd::columns();
    at::parallel_for(
        0, divided_up(channels(), kQuad), 1, [&](std::int64_t begin, std::int64_t end) {
          const Index pitch = round_up(block.tiles, kMostLanes) + kOffset;
          const Index plane = kCoefficients * pitch;
          float* const coefficients = scratch(Buffer::kTransformed, kQuad * plane);
          for (Index channel = begin * kQuad; channel < end * kQuad; channel += kQuad) {
            // Columns beyond the last channel hold anything: no one reads their results.
            for (Index i = 0; i < kQuad && channel + i < channels(); ++i) {
              transform_block(grid, block, channel + i, {coefficients + i * plane, pitch, columns});
            }
            for (Index p = 0; p < kCoefficients; ++p) {
              const float* lines[kQuad];
              for (Index i = 0; i < kQuad; ++i) lines[i] = coefficients + i * plane + p * pitch;
              winograd::transpose(
                  lines, block.tiles,
                  to.values + p * to.plane + channel / columns * to.panel + channel % columns,
                  columns);
            }
          }
        });
  }
};

/// Transformed filters as A of a convolution: [36][outgoing channel][incoming].
struct Filters {
  at::Tensor values;
  Index outgoing, incoming;
  Index rows() const { return round_up(outgoing, kRowsA); }
  Index pitch() const { return round_up(incoming, kMostLanes) + kOffset; }
  winograd::RowsA of(Index coefficient) const {
    return {values.const_data_ptr<float>() + coefficient * rows() * pitch(), pitch(), rows()};
  }
};

/// Of a convolution by `weight`; or of its transpose, which takes what comes out to what went in.
Filters transformed_filters(const at::Tensor& weight, bool transposed) {
  Filters filters{{}, weight.size(transposed ? 1 : 0), weight.size(transposed ? 0 : 1)};
  const Index incoming = filters.incoming, rows = filters.rows(), pitch = filters.pitch();
  filters.values = at::empty({kCoefficients, rows, pitch}, weight.options());
  // Filters of the same outgoing channel side by side.
  const at::Tensor ordered = transposed ? weight.transpose(0, 1).contiguous() : weight;
  const float* const from = ordered.const_data_ptr<float>();
  float* const to = filters.values.data_ptr<float>();
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index k = begin; k < end; ++k) {
      // Rows beyond the last channel repeat it: no one reads their results.
      winograd::transform_filters(from + std::min(k, filters.outgoing - 1) * incoming * 9, incoming,
                                  transposed, {to + k * pitch, rows * pitch, winograd::columns()});
    }
  });
  return filters;
}

/// Calls f(coefficient) for all 36.
template <class F>
void for_coefficients(F f) {
  at::parallel_for(0, kCoefficients, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index p = begin; p < end; ++p) f(p);
  });
}

/// Output transform of one channel's tiles of a block, to its plane [height, width].
void transform_to_plane(const Grid& grid, const Block& block, Transformed from, float bias,
                        Rows plane, Index height, Index width) {
  grid.for_vectors(
      block,
      [&](Index y, Index x) {
        return (y + 1) * kOutput <= height ? width / kOutput - x : Index{0};
      },
      [&](Index y, Index x, Index tiles, Index first) {
        winograd::transform_output(from, first, tiles, bias,
                                   plane.values + y * kOutput * plane.pitch + x * kOutput,
                                   plane.pitch);
      },
      [&](Index first, Index tiles) {
        constexpr Index pitch = kOutput * kMostLanes;
        float* const rows = scratch(Buffer::kRows, kOutput * pitch);
        winograd::transform_output(from, first, tiles, bias, rows, pitch);
        grid.for_rows(block, first, tiles, [&](Index y, Index x, Index count, Index i) {
          const Index across = std::min(count * kOutput, width - x * kOutput);
          for (Index row = 0; row < std::min(kOutput, height - y * kOutput); ++row) {
            std::copy_n(rows + row * pitch + (i - first) * kOutput, across,
                        plane.values + (y * kOutput + row) * plane.pitch + x * kOutput);
          }
        });
      });
}

/// Blocks for a convolution, whose bytes do not depend on them: small ones side by side if there
/// are enough for all threads, otherwise large ones of equal size, one after another on all
/// threads.
struct Blocks {
  Grid grid;
  bool side_by_side;

  Blocks(Index images, Index height, Index width)
      : grid(images, height, width, kTiles), side_by_side(grid.size >= 4 * at::get_num_threads()) {
    if (side_by_side) return;
    const Index blocks = divided_up(grid.tiles, 2 * kTiles);
    grid =
        Grid(images, height, width, round_up(divided_up(grid.tiles, blocks), winograd::columns()));
  }
  template <class F>
  void each(F f) const {
    const auto some = [&](std::int64_t begin, std::int64_t end) {
      for (Index i = begin; i < end; ++i) f(grid[i]);
    };
    if (side_by_side) {
      at::parallel_for(0, grid.size, 1, some);
    } else {
      some(0, grid.size);
    }
  }
};

/// Images convolved with the filters; `bias` may be nullptr.
void convolve(const Images& images, const Filters& filters, const float* bias, Index padding,
              const Images& to) {
  const Index incoming = filters.incoming, rows = filters.rows();
  const Tiles input{images, padding, Tiles::Kind::kOfInput};
  const Blocks blocks(to.count, to.height, to.width);
  const Grid& grid = blocks.grid;
  const Index columns = winograd::columns(), panels = divided_up(grid.block, columns);
  const Index b_panel = incoming * columns, b_plane = panels * b_panel + kOffset;
  const Index c_panel = rows * columns, c_plane = panels * c_panel + kOffset;
  blocks.each([&](const Block& block) {
    float* const b = scratch(Buffer::kFactor, kCoefficients * b_plane);
    float* const c = scratch(Buffer::kOtherFactor, kCoefficients * c_plane);
    input.transform_to_rows(grid, block, {b, b_plane, b_panel}, columns);
    for_coefficients([&](Index p) {
      winograd::multiply(filters.of(p),
                         {b + p * b_plane, b_panel, divided_up(block.tiles, columns)}, incoming,
                         false, c + p * c_plane);
    });
    at::parallel_for(0, filters.outgoing, 1, [&](std::int64_t begin, std::int64_t end) {
      for (Index k = begin; k < end; ++k) {
        transform_to_plane(grid, block, {c + k * columns, c_plane, c_panel},
                           bias == nullptr ? 0 : bias[k], to.plane(block.image, k), to.height,
                           to.width);
      }
    });
  });
}

/// The filters' gradients' coefficients: C[panel of B][outgoing][columns] for each of the 36.
struct FilterGradientSums {
  Index rows, panels, columns;
  Index plane() const { return panels * rows * columns + kOffset; }

  /// Of one block, or += if `add`.
  void take(const Grid& grid, const Block& block, const Tiles& input, const Tiles& gradient,
            bool add, float* sums) const {
    const Index a_pitch = round_up(block.tiles, kMostLanes) + kOffset, a_plane = rows * a_pitch;
    const Index b_panel = block.tiles * columns, b_plane = panels * b_panel + kOffset;
    float* const b = scratch(Buffer::kFactor, kCoefficients * b_plane);
    float* const a = scratch(Buffer::kOtherFactor, kCoefficients * a_plane);
    input.transform_to_columns(grid, block, {b, b_plane, b_panel});
    gradient.transform_to_rows(grid, block, {a, a_plane, columns}, a_pitch);
    for_coefficients([&](Index p) {
      winograd::multiply({a + p * a_plane, a_pitch, rows}, {b + p * b_plane, b_panel, panels},
                         block.tiles, add, sums + p * plane());
    });
  }
};

/// The weight's gradient from the output's.
at::Tensor weight_gradient(const Images& input, const at::Tensor& gradient, Index padding) {
  const Tiles before{input, padding, Tiles::Kind::kOfInput};
  const Tiles after{Images(gradient), 0, Tiles::Kind::kOfGradient};
  const Index incoming = before.channels(), outgoing = after.channels();
  const Index columns = winograd::columns();
  const FilterGradientSums of{round_up(outgoing, kRowsA), divided_up(incoming, columns), columns};
  // While sums are small, blocks are added up in several parts side by side. How many there are
  // follows from sizes alone: bytes must depend neither on threads nor on vectors.
  const Index parts_at_most = (1 << 18) / (incoming * outgoing);
  const bool small = parts_at_most >= 4;
  const Grid grid(input.count, gradient.size(2), gradient.size(3), small ? kTiles : 4 * kTiles);
  const Index parts = small ? std::min<Index>({parts_at_most, grid.size, 32}) : 1;
  at::Tensor sums = at::empty({parts, kCoefficients, of.plane()}, gradient.options());
  float* const from = sums.data_ptr<float>();
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index part = begin; part < end; ++part) {
      const Index first = part * grid.size / parts;
      for (Index i = first; i < (part + 1) * grid.size / parts; ++i) {
        of.take(grid, grid[i], before, after, i > first, from + part * sums.stride(0));
      }
    }
  });
  for (Index part = 1; part < parts; ++part) sums[0].add_(sums[part]);
  at::Tensor weight = at::empty({outgoing, incoming, 3, 3}, gradient.options());
  float* const to = weight.data_ptr<float>();
  at::parallel_for(0, outgoing, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index k = begin; k < end; ++k) {
      for (Index panel = 0; panel < of.panels; ++panel) {
        const Index first = panel * columns;
        winograd::transform_filter_gradients(
            {from + (panel * of.rows + k) * columns, of.plane(), columns},
            std::min(columns, incoming - first), to + (k * incoming + first) * 9);
      }
    }
  });
  return weight;
}

/// Of both side by side as channels.
struct Convolution : torch::autograd::Function<Convolution> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& first,
                            const at::Tensor& second, const at::Tensor& weight,
                            const at::Tensor& bias, std::int64_t padding) {
    context->save_for_backward({first, second, weight});
    context->saved_data["padding"] = padding;
    const Index less = 2 - 2 * padding;
    at::Tensor out =
        at::empty({first.size(0), weight.size(0), first.size(2) - less, first.size(3) - less},
                  weight.options());
    convolve(Images(first, second), transformed_filters(weight, false),
             bias.const_data_ptr<float>(), padding, Images(out));
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &first = saved[0], &second = saved[1], &weight = saved[2];
    const std::int64_t padding = context->saved_data["padding"].toInt();
    const at::Tensor gradient = gradients[0].contiguous();
    at::Tensor of_first, of_second;
    if (context->needs_input_grad(0) || context->needs_input_grad(1)) {
      of_first = at::empty(first.sizes(), first.options());
      of_second = at::empty(second.sizes(), second.options());
      convolve(Images(gradient), transformed_filters(weight, true), nullptr, 2 - padding,
               Images(of_first, of_second));
    }
    return {of_first,
            of_second,
            weight_gradient(Images(first, second), gradient, padding),
            channel_sums(gradient),
            {}};
  }
};

/// Rows of pixels that follow one another; the images may be the middle of larger ones.
at::Tensor in_rows(const at::Tensor& images) {
  return images.stride(3) == 1 ? images : images.contiguous();
}

}  // namespace

at::Tensor winograd_convolution(const at::Tensor& input, const at::Tensor& weight,
                                const at::Tensor& bias, std::int64_t padding) {
  const at::Tensor none =
      at::empty({input.size(0), 0, input.size(2), input.size(3)}, input.options());
  return Convolution::apply(in_rows(input), none, weight, bias, padding);
}

at::Tensor winograd_convolution_of_both(const at::Tensor& first, const at::Tensor& second,
                                        const at::Tensor& weight, const at::Tensor& bias,
                                        std::int64_t padding) {
  return Convolution::apply(in_rows(first), in_rows(second), weight, bias, padding);
}

}  // namespace unetflow
