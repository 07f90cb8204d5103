// What group normalisation does with one channel of one image, in float32 on a CPU. Sums are those
// of fixed_sum (core/fixed_sum.hpp): the same bytes on every processor.
#pragma once

#include "core/arithmetic.hpp"

namespace unetflow {

/// Of some numbers: how many, their mean and the sum of squared distances from it.
struct Moments {
  double count = 0, mean = 0, squares = 0;

  /// Those of both together (Chan, Golub and LeVeque 1979).
  void add(const Moments& more) {
    const double all = count + more.count, apart = more.mean - mean;
    squares += more.squares + apart * apart * count * more.count / all;
    mean += apart * more.count / all;
    count = all;
  }
};

/// Of `count` values, by blocks that stay in the nearest cache: memory is read once.
Moments moments(const float* values, Index count);

/// A channel's output is input * factor + summand, or `least` where that is less: 0 for ReLU,
/// -infinity without it. NaN stays what it is.
struct Normalised {
  float factor, summand, least;
};

void normalise(const float* input, Index count, Normalised line, float* output);

/// Sums over a channel of its outputs' gradients, and of these times (input - mean).
struct GradientSums {
  double gradient, product;
};

/// `gradient` is that of the outputs, and passes where an output is more than the least.
GradientSums gradient_sums(const float* input, const float* gradient, Index count, Normalised line,
                           float mean);

/// The gradient of an input is by_gradient times its output's gradient, where that passes, plus
/// (by_input * (input - mean) + constant).
struct InputGradient {
  float mean, by_gradient, by_input, constant;
};

void input_gradient(const float* input, const float* gradient, Index count, Normalised line,
                    InputGradient by, float* to);

}  // namespace unetflow
