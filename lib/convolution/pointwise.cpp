#include "convolution/pointwise.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "convolution/scratch.hpp"
#include "convolution/winograd.hpp"
#include "core/fixed_sum.hpp"

namespace unetflow {
namespace {

using winograd::kMostLanes;
using winograd::kRowsA;

/// The factor A of C = A B, with as many rows as the micro-kernel takes.
struct Factor {
  at::Tensor values;
  Index rows() const { return values.size(0); }
  Index columns() const { return values.size(1); }
  operator winograd::RowsA() const { return {values.const_data_ptr<float>(), columns(), rows()}; }
};

Factor factor(const at::Tensor& a) {
  const Index missing = round_up(a.size(0), kRowsA) - a.size(0);
  return {missing == 0 ? a.contiguous() : at::constant_pad_nd(a, {0, 0, 0, missing})};
}

/// C = A B for a B of `pixels` columns. `read(row, first, count, to)` gives some of a row of B;
/// `write(panel, first, count, from, pitch)` takes 4 rows of C, from row 4 * panel on.
template <class Read, class Write>
void product(const Factor& a, Index pixels, Read read, Write write) {
  const Index columns = winograd::columns(), all = divided_up(pixels, columns);
  const Index together = all < 64 ? 1 : 4;  // panels of B for which A is read once
  at::parallel_for(0, divided_up(all, together), 1, [&](std::int64_t begin, std::int64_t end) {
    const Index b_panel = a.columns() * columns, c_panel = a.rows() * columns;
    float* const b = scratch(Buffer::kFactor, together * b_panel);
    float* const c = scratch(Buffer::kOtherFactor, together * c_panel);
    const auto each_panel = [&](Index group, auto f) {
      for (Index i = 0; i < together && group * together + i < all; ++i) {
        const Index first = (group * together + i) * columns;
        f(i, first, std::min(columns, pixels - first));
      }
    };
    for (Index group = begin; group < end; ++group) {
      Index pixels_here = 0;
      each_panel(group, [&](Index i, Index first, Index count) {
        for (Index row = 0; row < a.columns(); ++row) {
          read(row, first, count, b + i * b_panel + row * columns);
        }
        pixels_here += count;
      });
      winograd::multiply(a, {b, b_panel, pixels_here}, a.columns(), false, c);
      each_panel(group, [&](Index i, Index first, Index count) {
        for (Index row = 0; row < a.rows(); row += kRowsA) {
          write(row / kRowsA, first, count, c + i * c_panel + row * columns, columns);
        }
      });
    }
  });
}

/// Sums over pixels, [row of a][row of b]: products of rows of two matrices of many columns. Pixels
/// are added in chunks, chunks in parts: both by the matrices' sizes alone.
class SummedProduct {
 public:
  SummedProduct(Index rows_a, Index rows_b, Index pixels)
      : rows_a_(rows_a),
        rows_b_(rows_b),
        pixels_(pixels),
        chunks_(divided_up(pixels, kChunk)),
        parts_(std::clamp<Index>((1 << 18) / (rows_a * rows_b), 1, std::min<Index>(chunks_, 16))),
        sums_(at::zeros({parts_, b_panels_ * padded_a_ * columns_})) {}

  /// Adds an image's. `a` and `b` are read as in product().
  template <class ReadA, class ReadB>
  void add(ReadA read_a, ReadB read_b) {
    at::parallel_for(0, parts_, 1, [&](std::int64_t begin, std::int64_t end) {
      float* const a = scratch(Buffer::kFactor, padded_a_ * kPitch);
      float* const b = scratch(Buffer::kOtherFactor, b_panels_ * columns_ * kChunk);
      for (Index part = begin; part < end; ++part) {
        float* const own = sums_.data_ptr<float>() + part * sums_.size(1);
        for (Index i = part * chunks_ / parts_; i < (part + 1) * chunks_ / parts_; ++i) {
          const Index first = i * kChunk, count = std::min(kChunk, pixels_ - first);
          at::parallel_for(0, padded_a_, 1, [&](std::int64_t from, std::int64_t to) {
            for (Index row = from; row < to; ++row) {
              // Rows beyond the last repeat it: no one reads their results.
              read_a(std::min(row, rows_a_ - 1), first, count, a + row * kPitch);
            }
          });
          pack(read_b, first, count, b);
          at::parallel_for(0, b_panels_, 1, [&](std::int64_t from, std::int64_t to) {
            const Index step = count * columns_;
            const Index columns = std::min(to * columns_, rows_b_) - from * columns_;
            winograd::multiply({a, kPitch, padded_a_}, {b + from * step, step, columns}, count,
                               true, own + from * padded_a_ * columns_);
          });
        }
      }
    });
  }

  /// [rows of a, rows of b].
  at::Tensor total() const {
    at::Tensor total = at::empty({rows_a_, rows_b_});
    const float* const sums = sums_.const_data_ptr<float>();
    float* const to = total.data_ptr<float>();
    at::parallel_for(0, rows_a_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (Index row = begin; row < end; ++row) {
        for (Index column = 0; column < rows_b_; ++column) {
          const Index panel = column / columns_;
          const float* at = sums + (panel * padded_a_ + row) * columns_ + column % columns_;
          float sum = 0;
          for (Index part = 0; part < parts_; ++part, at += sums_.size(1)) sum += *at;
          to[row * rows_b_ + column] = sum;
        }
      }
    });
    return total;
  }

 private:
  static constexpr Index kChunk = 512;  // pixels
  static constexpr Index kPitch = kChunk + kMostLanes;

  /// Panels [panel of rows of b][pixel][columns] of some of the pixels.
  template <class Read>
  void pack(Read read, Index first, Index count, float* to) const {
    constexpr Index kQuad = 4;
    at::parallel_for(0, divided_up(rows_b_, kQuad), 1, [&](std::int64_t begin, std::int64_t end) {
      float* const lines = scratch(Buffer::kRows, kQuad * kPitch);
      for (Index row = begin * kQuad; row < end * kQuad; row += kQuad) {
        const float* four[kQuad];
        for (Index i = 0; i < kQuad; ++i) {
          four[i] = lines + i * kPitch;
          read(std::min(row + i, rows_b_ - 1), first, count, lines + i * kPitch);
        }
        winograd::transpose(four, count, to + row / columns_ * count * columns_ + row % columns_,
                            columns_);
      }
    });
  }

  Index rows_a_, rows_b_, pixels_, chunks_, parts_;
  Index columns_ = winograd::columns();
  Index padded_a_ = round_up(rows_a_, kRowsA), b_panels_ = divided_up(rows_b_, columns_);
  at::Tensor sums_;
};

/// Rows of a matrix [channel][pixel] in C order, as product() reads them.
auto rows_of(const float* values, Index pixels) {
  return [=](Index row, Index first, Index count, float* to) {
    std::copy_n(values + row * pixels + first, count, to);
  };
}

/// Calls f(offset, y, x, length) for the parts of `count` pixels from `first` on that lie in one
/// row of `width`.
template <class F>
void for_rows(Index first, Index count, Index width, F f) {
  for (Index done = 0; done < count;) {
    const Index y = (first + done) / width, x = (first + done) % width;
    const Index length = std::min(width - x, count - done);
    f(done, y, x, length);
    done += length;
  }
}

/// What comes up as a matrix [4 * channel + 2 * i + j][y, x] of the pixels (2 y + i, 2 x + j).
template <class T>
struct Quarters {
  T* values;
  Index height, width;  // of what went in

  T* line(Index row, Index y) const {
    return values + (row / 4 * 2 * height + 2 * y + row / 2 % 2) * 2 * width + row % 2;
  }
};

auto rows_of(const Quarters<const float>& quarters) {
  return [=](Index row, Index first, Index count, float* to) {
    for_rows(first, count, quarters.width, [&](Index offset, Index y, Index x, Index length) {
      const float* from = quarters.line(row, y) + 2 * x;
      for (Index i = 0; i < length; ++i) to[offset + i] = from[2 * i];
    });
  };
}

/// The image number `i` of [image, channel, y, x].
template <class T>
T* image(const at::Tensor& images, Index i) {
  return const_cast<T*>(images.const_data_ptr<float>()) + i * images.stride(0);
}

/// Takes rows of a product to a matrix [rows][pixels], plus `bias` if there is one.
auto rows_to(float* values, Index rows, Index pixels, const float* bias) {
  return [=](Index panel, Index first, Index count, const float* from, Index pitch) {
    for (Index row = panel * kRowsA; row < std::min((panel + 1) * kRowsA, rows); ++row) {
      const float added = bias == nullptr ? 0 : bias[row];
      float* const to = values + row * pixels + first;
      for (Index i = 0; i < count; ++i) to[i] = from[i] + added;
      from += pitch;
    }
  };
}

/// The factor times each image of `from`, [n, rows, y, x]; with `added`, each row plus its number.
void products(const Factor& a, const at::Tensor& from, at::Tensor& to, const float* added) {
  const Index pixels = from.size(2) * from.size(3);
  for (Index i = 0; i < from.size(0); ++i) {
    product(a, pixels, rows_of(image<const float>(from, i), pixels),
            rows_to(image<float>(to, i), to.size(1), pixels, added));
  }
}

struct Pointwise : torch::autograd::Function<Pointwise> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias) {
    context->save_for_backward({input, weight});
    const Index out = weight.size(0), in = weight.size(1);
    at::Tensor output =
        at::empty({input.size(0), out, input.size(2), input.size(3)}, input.options());
    products(factor(weight.view({out, in})), input, output, bias.const_data_ptr<float>());
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1];
    const at::Tensor gradient = gradients[0].contiguous();
    const Index out = weight.size(0), in = weight.size(1), pixels = input.size(2) * input.size(3);
    at::Tensor of_input;
    if (context->needs_input_grad(0)) {
      of_input = at::empty_like(input);
      products(factor(weight.view({out, in}).t()), gradient, of_input, nullptr);
    }
    SummedProduct of_weight(out, in, pixels);
    for (Index i = 0; i < input.size(0); ++i) {
      of_weight.add(rows_of(image<const float>(gradient, i), pixels),
                    rows_of(image<const float>(input, i), pixels));
    }
    return {of_input, of_weight.total().view(weight.sizes()), channel_sums(gradient)};
  }
};

struct Up : torch::autograd::Function<Up> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias) {
    context->save_for_backward({input, weight});
    const Index in = weight.size(0), out = weight.size(1);
    const Index height = input.size(2), width = input.size(3);
    at::Tensor output = at::empty({input.size(0), out, 2 * height, 2 * width}, input.options());
    const Factor a = factor(weight.view({in, 4 * out}).t());  // a panel is an outgoing channel
    const float* const added = bias.const_data_ptr<float>();
    for (Index n = 0; n < input.size(0); ++n) {
      const Quarters<float> up{image<float>(output, n), height, width};
      product(a, height * width, rows_of(image<const float>(input, n), height * width),
              [&](Index channel, Index first, Index count, const float* from, Index pitch) {
                for_rows(first, count, width, [&](Index offset, Index y, Index x, Index length) {
                  for (Index row = 0; row < 2; ++row) {
                    const float* const left = from + 2 * row * pitch + offset;
                    const float* const right = left + pitch;
                    float* const to = up.line(4 * channel + 2 * row, y) + 2 * x;
                    for (Index i = 0; i < length; ++i) {
                      to[2 * i] = left[i] + added[channel];
                      to[2 * i + 1] = right[i] + added[channel];
                    }
                  }
                });
              });
    }
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1];
    const at::Tensor gradient = gradients[0].contiguous();
    const Index in = weight.size(0), out = weight.size(1);
    const Index height = input.size(2), width = input.size(3), pixels = height * width;
    at::Tensor of_input = at::empty_like(input);
    const Factor a = factor(weight.view({in, 4 * out}));
    SummedProduct of_weight(in, 4 * out, pixels);
    for (Index n = 0; n < input.size(0); ++n) {
      const auto up =
          rows_of(Quarters<const float>{image<const float>(gradient, n), height, width});
      product(a, pixels, up, rows_to(image<float>(of_input, n), in, pixels, nullptr));
      of_weight.add(rows_of(image<const float>(input, n), pixels), up);
    }
    return {of_input, of_weight.total().view(weight.sizes()), channel_sums(gradient)};
  }
};

}  // namespace

at::Tensor pointwise_convolution(const at::Tensor& input, const at::Tensor& weight,
                                 const at::Tensor& bias) {
  return Pointwise::apply(input.contiguous(), weight, bias);
}

at::Tensor up_convolution(const at::Tensor& input, const at::Tensor& weight,
                          const at::Tensor& bias) {
  return Up::apply(input.contiguous(), weight, bias);
}

at::Tensor channel_sums(const at::Tensor& images) {
  const at::Tensor values = images.contiguous();
  const Index channels = values.size(1), pixels = values.size(2) * values.size(3);
  at::Tensor sums = at::empty({channels}, values.options());
  const float* const from = values.const_data_ptr<float>();
  float* const to = sums.data_ptr<float>();
  at::parallel_for(0, channels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (Index channel = begin; channel < end; ++channel) {
      double sum = 0;
      for (Index n = 0; n < values.size(0); ++n) {
        const float* const plane = from + (n * channels + channel) * pixels;
        sum += fixed_sum(pixels, [&](Index i) { return plane[i]; });
      }
      to[channel] = static_cast<float>(sum);
    }
  });
  return sums;
}

}  // namespace unetflow
