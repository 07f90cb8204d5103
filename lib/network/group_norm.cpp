#include "network/group_norm.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/fixed_sum.hpp"

namespace unetflow {
namespace {

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

/// By blocks that stay in the nearest cache: memory is read once.
Moments moments_of(const float* values, Index count) {
  constexpr Index kBlock = 2048;
  Moments all;
  for (Index first = 0; first < count; first += kBlock) {
    const float* const block = values + first;
    const Index size = std::min(kBlock, count - first);
    const auto number = static_cast<double>(size);
    const double mean = fixed_sum(size, [&](Index i) { return block[i]; }) / number;
    const auto centre = static_cast<float>(mean);
    const double squares = fixed_sum(size, [&](Index i) {
      const float apart = block[i] - centre;
      return apart * apart;
    });
    all.add({number, mean, squares});
  }
  return all;
}

/// Calls f(plane) for each channel of each image, some on each thread.
template <class F>
void for_planes(const at::Tensor& images, F f) {
  at::parallel_for(0, images.size(0) * images.size(1), 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (Index plane = begin; plane < end; ++plane) f(plane);
                   });
}

/// What normalisation takes of each group of each image.
struct Group {
  float mean, inverse_deviation;
};

std::vector<Group> groups_of(const at::Tensor& input, Index groups) {
  constexpr double kEpsilon = 1e-5;  // PyTorch's
  const Index pixels = input.size(2) * input.size(3), channels = input.size(1) / groups;
  const float* const values = input.const_data_ptr<float>();
  std::vector<Moments> planes(static_cast<size_t>(input.size(0) * input.size(1)));
  for_planes(input, [&](Index plane) {
    planes[static_cast<size_t>(plane)] = moments_of(values + plane * pixels, pixels);
  });
  std::vector<Group> found;
  for (auto plane = planes.begin(); plane != planes.end(); plane += channels) {
    Moments all;
    for (auto one = plane; one != plane + channels; ++one) all.add(*one);
    found.push_back({static_cast<float>(all.mean),
                     static_cast<float>(1 / std::sqrt(all.squares / all.count + kEpsilon))});
  }
  return found;
}

struct GroupNorm : torch::autograd::Function<GroupNorm> {
  /// A channel's output is input * factor + summand.
  struct Line {
    float factor, summand;
    Line(const Group& group, float scale, float shift)
        : factor(group.inverse_deviation * scale), summand(shift - group.mean * factor) {}
    float operator()(float value) const { return value * factor + summand; }
  };

  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            std::int64_t groups, const at::Tensor& scale, const at::Tensor& shift,
                            bool relu) {
    const auto found = groups_of(input, groups);
    at::Tensor statistics = at::empty({static_cast<Index>(found.size()), 2});
    std::copy_n(&found.data()->mean, 2 * found.size(), statistics.data_ptr<float>());
    context->save_for_backward({input, scale, shift, statistics});
    context->saved_data["relu"] = relu;
    at::Tensor output = at::empty_like(input);
    const Index pixels = input.size(2) * input.size(3), channels = input.size(1);
    const Index in_group = channels / groups;
    const float* const from = input.const_data_ptr<float>();
    float* const to = output.data_ptr<float>();
    const float* const scales = scale.const_data_ptr<float>();
    const float* const shifts = shift.const_data_ptr<float>();
    for_planes(input, [&](Index plane) {
      const Line line(found[static_cast<size_t>(plane / in_group)], scales[plane % channels],
                      shifts[plane % channels]);
      const float* const x = from + plane * pixels;
      float* const y = to + plane * pixels;
      const float least = relu ? 0 : -std::numeric_limits<float>::infinity();
      for (Index i = 0; i < pixels; ++i) {
        const float value = line(x[i]);
        y[i] = value < least ? least : value;  // so that NaN stays what it is
      }
    });
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &scale = saved[1], &shift = saved[2];
    const bool relu = context->saved_data["relu"].toBool();
    const at::Tensor gradient = gradients[0].contiguous();
    const Index pixels = input.size(2) * input.size(3), channels = input.size(1);
    const Index groups = saved[3].size(0) / input.size(0), in_group = channels / groups;
    const auto* const group = reinterpret_cast<const Group*>(saved[3].const_data_ptr<float>());
    const float* const from = input.const_data_ptr<float>();
    const float* const given = gradient.const_data_ptr<float>();
    const float* const scales = scale.const_data_ptr<float>();
    const float* const shifts = shift.const_data_ptr<float>();
    const auto planes = static_cast<size_t>(input.size(0) * channels);
    // Of each plane: the sums of gradients, and of gradients times what they are gradients of.
    std::vector<double> sums(planes), products(planes);
    const auto passed = [&](Index plane) {  // the gradient behind ReLU
      const Line line(group[plane / in_group], scales[plane % channels], shifts[plane % channels]);
      const float* const x = from + plane * pixels;
      const float* const dy = given + plane * pixels;
      const float least = relu ? 0 : -std::numeric_limits<float>::infinity();
      return [=](Index i) { return line(x[i]) > least ? dy[i] : 0; };
    };
    for_planes(input, [&](Index plane) {
      const auto dy = passed(plane);
      const float* const x = from + plane * pixels;
      const Group& own = group[plane / in_group];
      sums[static_cast<size_t>(plane)] = fixed_sum(pixels, dy);
      products[static_cast<size_t>(plane)] =
          fixed_sum(pixels, [&](Index i) { return dy(i) * (x[i] - own.mean); }) *
          static_cast<double>(own.inverse_deviation);
    });
    at::Tensor of_input = at::empty_like(input);
    float* const to = of_input.data_ptr<float>();
    for_planes(input, [&](Index plane) {
      const auto dy = passed(plane);
      const float* const x = from + plane * pixels;
      const Group& own = group[plane / in_group];
      double sum = 0, product = 0;
      const Index first = plane / in_group * in_group;
      for (Index p = first; p < first + in_group; ++p) {
        const auto factor = static_cast<double>(scales[p % channels]);
        sum += factor * sums[static_cast<size_t>(p)];
        product += factor * products[static_cast<size_t>(p)];
      }
      const auto deviation = static_cast<double>(own.inverse_deviation);
      const auto all = static_cast<double>(in_group * pixels);
      const float by_gradient = own.inverse_deviation * scales[plane % channels];
      const auto by_input = static_cast<float>(-product / all * deviation * deviation);
      const auto constant = static_cast<float>(-sum / all * deviation);
      float* const dx = to + plane * pixels;
      for (Index i = 0; i < pixels; ++i) {
        dx[i] = dy(i) * by_gradient + ((x[i] - own.mean) * by_input + constant);
      }
    });
    return {of_input, {}, over_images(products, channels), over_images(sums, channels), {}};
  }

  /// The sum over images of what there is of each channel of each.
  static at::Tensor over_images(const std::vector<double>& planes, Index channels) {
    std::vector<double> sums(static_cast<size_t>(channels));
    for (size_t plane = 0; plane < planes.size(); ++plane) {
      sums[plane % sums.size()] += planes[plane];
    }
    at::Tensor total = at::empty({channels});
    std::transform(sums.begin(), sums.end(), total.data_ptr<float>(),
                   [](double sum) { return static_cast<float>(sum); });
    return total;
  }
};

}  // namespace

at::Tensor group_normalised(const at::Tensor& input, std::int64_t groups, const at::Tensor& scale,
                            const at::Tensor& shift, bool relu) {
  return GroupNorm::apply(input.contiguous(), groups, scale, shift, relu);
}

}  // namespace unetflow
