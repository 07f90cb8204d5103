#include "convolution/convolution.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "convolution/pointwise.hpp"
#include "convolution/scratch.hpp"
#include "convolution/tiles.hpp"

namespace unetflow {
namespace {

constexpr Index kTiles = 96;  // of a block: enough to reuse filters, few enough for the cache

/// Transformed filters as A of a convolution: [36][outgoing channel][incoming].
struct Filters {
  at::Tensor values;
  Index rows, pitch;
  winograd::RowsA of(Index coefficient) const {
    return {values.const_data_ptr<float>() + coefficient * rows * pitch, pitch, rows};
  }
};

/// Those of some outgoing channels of a convolution by `weight`; or of its transpose, which takes
/// what comes out to what went in.
Filters transformed_filters(const at::Tensor& weight, bool transposed, Channels some) {
  const Index incoming = weight.size(transposed ? 0 : 1);
  const Index rows = round_up(some.count, kRowsA), pitch = padded(incoming);
  // From one filter of the same outgoing channel to the next, and from channel to channel.
  const Index step = weight.stride(transposed ? 0 : 1), channel = weight.stride(transposed ? 1 : 0);
  const Filters filters{at::empty({kCoefficients, rows, pitch}, weight.options()), rows, pitch};
  const float* const from = weight.const_data_ptr<float>() + some.first * channel;
  float* const to = filters.values.data_ptr<float>();
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index k = begin; k < end; ++k) {
      // Rows beyond the last channel repeat it: no one reads their results.
      winograd::transform_filters(from + std::min(k, some.count - 1) * channel, step, incoming,
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
    grid = Grid(images, height, width, round_up(divided_up(grid.tiles, blocks), grid.lanes));
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

/// Outgoing channels whose coefficients [36][channel][pitch] stay in the outer caches together.
/// All, where several blocks use them.
Index channels_at_once(const Grid& grid, Index outgoing, Index pitch) {
  constexpr Index kNumbers = 5 << 19, kStep = 32;
  const Index some = kNumbers / (kCoefficients * pitch) / kStep * kStep;
  return grid.size == 1 ? std::min(std::max(some, kStep), outgoing) : outgoing;
}

/// Calls f(channels) for all of them, `at_once` each.
template <class F>
void for_channels(Index all, Index at_once, F f) {
  for (Index first = 0; first < all; first += at_once) {
    f(Channels{first, std::min(at_once, all - first)});
  }
}

/// Images convolved by the weight, or by its transpose; then(k) is what is done with channel k.
template <class Then>
void convolve(const Images& images, const at::Tensor& weight, bool transposed, Index padding,
              const Images& to, Then then) {
  const Tiles input{images, padding, Tiles::Kind::kOfInput};
  const Blocks blocks(to.count, to.height, to.width);
  const Grid& grid = blocks.grid;
  const Index incoming = images.channels, columns = winograd::columns();
  const Index panels = divided_up(grid.block, columns);
  const Index b_panel = incoming * columns, b_plane = panels * b_panel + kOffset;
  const Index at_once = channels_at_once(grid, to.channels, padded(incoming));
  for_channels(to.channels, at_once, [&](Channels outgoing) {
    const Filters filters = transformed_filters(weight, transposed, outgoing);
    const Index c_panel = filters.rows * columns, c_plane = panels * c_panel + kOffset;
    blocks.each([&](const Block& block) {
      float* const b = scratch(Buffer::kFactor, kCoefficients * b_plane);
      float* const c = scratch(Buffer::kOtherFactor, kCoefficients * c_plane);
      if (outgoing.first == 0) {  // later ones use the same
        input.transform_to_rows(grid, block, {0, incoming}, {b, b_plane, b_panel}, columns);
      }
      for_coefficients([&](Index p) {
        winograd::multiply(filters.of(p), {b + p * b_plane, b_panel, block.tiles}, incoming, false,
                           c + p * c_plane);
      });
      at::parallel_for(0, outgoing.count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (Index i = begin; i < end; ++i) {
          const Index k = outgoing.first + i;
          transform_to_plane(grid, block, {c + i * columns, c_plane, c_panel}, then(k),
                             to.plane(block.image, k), to.height, to.width);
        }
      });
    });
  });
}

/// The filters' gradients' coefficients: C[panel of B][outgoing][columns] for each of the 36.
struct FilterGradientSums {
  Index rows, panels, columns;
  Index plane() const { return panels * rows * columns + kOffset; }

  /// Of one block and some outgoing channels, or += if `add`.
  void take(const Grid& grid, const Block& block, const Tiles& input, const Tiles& gradient,
            Channels outgoing, bool add, float* sums) const {
    const Index a_pitch = padded(block.tiles), a_plane = rows * a_pitch;
    const Index b_panel = block.tiles * columns, b_plane = panels * b_panel + kOffset;
    float* const b = scratch(Buffer::kFactor, kCoefficients * b_plane);
    float* const a = scratch(Buffer::kOtherFactor, kCoefficients * a_plane);
    if (outgoing.first == 0) {  // later ones use the same
      input.transform_to_columns(grid, block, {b, b_plane, b_panel});
    }
    gradient.transform_to_rows(grid, block, outgoing, {a, a_plane, columns}, a_pitch);
    for_coefficients([&](Index p) {
      winograd::multiply({a + p * a_plane, a_pitch, rows},
                         {b + p * b_plane, b_panel, input.channels()}, block.tiles, add,
                         sums + p * plane());
    });
  }

  /// To filters [outgoing][incoming].
  void transform(float* sums, Index outgoing, Index incoming, float* to) const {
    at::parallel_for(0, outgoing, 1, [&](std::int64_t begin, std::int64_t end) {
      for (Index k = begin; k < end; ++k) {
        for (Index panel = 0; panel < panels; ++panel) {
          const Index first = panel * columns;
          winograd::transform_filter_gradients(
              {sums + (panel * rows + k) * columns, plane(), columns},
              std::min(columns, incoming - first), to + (k * incoming + first) * 9);
        }
      }
    });
  }
};

/// The weight's gradient from the output's.
at::Tensor weight_gradient(const Images& input, const at::Tensor& gradient, Index padding) {
  const Tiles before{input, padding, Tiles::Kind::kOfInput};
  const Tiles after{Images(gradient), 0, Tiles::Kind::kOfGradient};
  const Index incoming = before.channels(), outgoing = after.channels();
  // While sums are small, blocks are added up in several parts side by side. How many there are
  // follows from sizes alone: bytes must depend neither on threads nor on vectors.
  const Index parts_at_most = (1 << 18) / (incoming * outgoing);
  const bool small = parts_at_most >= 4;
  const Grid grid(input.count, gradient.size(2), gradient.size(3), small ? kTiles : 4 * kTiles);
  const Index parts = small ? std::min<Index>({parts_at_most, grid.size, 32}) : 1;
  const Index columns = winograd::columns(), panels = divided_up(incoming, columns);
  const Index at_once = channels_at_once(grid, outgoing, panels * columns);
  const FilterGradientSums of{round_up(at_once, kRowsA), panels, columns};
  at::Tensor sums = at::empty({parts, kCoefficients, of.plane()}, gradient.options());
  at::Tensor weight = at::empty({outgoing, incoming, 3, 3}, gradient.options());
  float* const from = sums.data_ptr<float>();
  for_channels(outgoing, at_once, [&](Channels some) {
    at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
      for (Index part = begin; part < end; ++part) {
        const Index first = part * grid.size / parts;
        for (Index i = first; i < (part + 1) * grid.size / parts; ++i) {
          of.take(grid, grid[i], before, after, some, i > first, from + part * sums.stride(0));
        }
      }
    });
    for (Index part = 1; part < parts; ++part) sums[0].add_(sums[part]);
    of.transform(from, some.count, incoming, weight.data_ptr<float>() + some.first * incoming * 9);
  });
  return weight;
}

/// Of both side by side as channels.
struct Convolution : torch::autograd::Function<Convolution> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& first,
                            const at::Tensor& second, const at::Tensor& weight,
                            const at::Tensor& bias, std::int64_t padding, bool relu) {
    context->saved_data["padding"] = padding;
    const Index less = 2 - 2 * padding;
    at::Tensor out =
        at::empty({first.size(0), weight.size(0), first.size(2) - less, first.size(3) - less},
                  weight.options());
    context->save_for_backward({first, second, weight});
    const float* const biases = bias.const_data_ptr<float>();
    convolve(Images(first, second), weight, false, padding, Images(out), [=](Index k) {
      return relu ? winograd::Activation{biases[k], 0} : winograd::Activation{biases[k]};
    });
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
      convolve(Images(gradient), weight, true, 2 - padding, Images(of_first, of_second),
               [](Index) { return winograd::Activation{}; });
    }
    return {of_first,
            of_second,
            weight_gradient(Images(first, second), gradient, padding),
            channel_sums(gradient),
            {},
            {}};
  }
};

/// The gradient of a ReLU that a convolution has applied already. On its own, so that what it was
/// given is freed before the convolution's gradients need memory.
struct AppliedRelu : torch::autograd::Function<AppliedRelu> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& output) {
    context->save_for_backward({output});
    return output;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {at::threshold_backward(gradients[0], context->get_saved_variables()[0], 0)};
  }
};

at::Tensor convolution(const at::Tensor& first, const at::Tensor& second, const at::Tensor& weight,
                       const at::Tensor& bias, std::int64_t padding, bool relu) {
  const at::Tensor output = Convolution::apply(first, second, weight, bias, padding, relu);
  return relu ? AppliedRelu::apply(output) : output;
}

/// Rows of pixels that follow one another; the images may be the middle of larger ones.
at::Tensor in_rows(const at::Tensor& images) {
  return images.stride(3) == 1 ? images : images.contiguous();
}

}  // namespace

at::Tensor winograd_convolution(const at::Tensor& input, const at::Tensor& weight,
                                const at::Tensor& bias, std::int64_t padding, bool relu) {
  const at::Tensor none =
      at::empty({input.size(0), 0, input.size(2), input.size(3)}, input.options());
  return convolution(in_rows(input), none, weight, bias, padding, relu);
}

at::Tensor winograd_convolution_of_both(const at::Tensor& first, const at::Tensor& second,
                                        const at::Tensor& weight, const at::Tensor& bias,
                                        std::int64_t padding, bool relu) {
  return convolution(in_rows(first), in_rows(second), weight, bias, padding, relu);
}

}  // namespace unetflow
