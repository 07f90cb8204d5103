#include "network/group_norm.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "network/normalise.hpp"

namespace unetflow {
namespace {

/// What normalisation takes of each group of each image.
struct Group {
  float mean, inverse_deviation;
};

/// Planes, one channel of one image each, and the groups that they are in.
struct Planes {
  Index images, channels, groups, pixels;

  Planes(const at::Tensor& input, Index group_count)
      : images(input.size(0)),
        channels(input.size(1)),
        groups(group_count),
        pixels(input.size(2) * input.size(3)) {}
  Index in_group() const { return channels / groups; }

  /// first(plane) for each plane of a group and then second(plane, g), groups on several threads:
  /// what the first has read is still in the caches. Where there are fewer groups than threads,
  /// first all planes' first.
  template <class First, class Second>
  void each(First first, Second second) const {
    const Index all = images * groups, size = in_group();
    const auto on_threads = [](Index count, auto f) {
      at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (Index i = begin; i < end; ++i) f(i);
      });
    };
    if (all < at::get_num_threads()) {
      on_threads(all * size, first);
      on_threads(all * size, [&](Index plane) { second(plane, plane / size); });
      return;
    }
    on_threads(all, [&](Index g) {
      for (Index plane = g * size; plane < (g + 1) * size; ++plane) first(plane);
      for (Index plane = g * size; plane < (g + 1) * size; ++plane) second(plane, g);
    });
  }
};

Group group_of(const Moments* planes, Index count) {
  constexpr double kEpsilon = 1e-5;  // PyTorch's
  Moments all;
  for (Index plane = 0; plane < count; ++plane) all.add(planes[plane]);
  return {static_cast<float>(all.mean),
          static_cast<float>(1 / std::sqrt(all.squares / all.count + kEpsilon))};
}

struct GroupNorm : torch::autograd::Function<GroupNorm> {
  static Normalised line(const Group& group, float scale, float shift, bool relu) {
    const float factor = group.inverse_deviation * scale;
    return {factor, shift - group.mean * factor,
            relu ? 0 : -std::numeric_limits<float>::infinity()};
  }

  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            std::int64_t groups, const at::Tensor& scale, const at::Tensor& shift,
                            bool relu) {
    const Planes planes(input, groups);
    at::Tensor statistics = at::empty({planes.images * groups, 2});
    context->save_for_backward({input, scale, shift, statistics});
    context->saved_data["relu"] = relu;
    at::Tensor output = at::empty_like(input);
    const float* const from = input.const_data_ptr<float>();
    float* const to = output.data_ptr<float>();
    auto* const found = reinterpret_cast<Group*>(statistics.data_ptr<float>());
    const float* const scales = scale.const_data_ptr<float>();
    const float* const shifts = shift.const_data_ptr<float>();
    std::vector<Moments> of_planes(static_cast<size_t>(planes.images * planes.channels));
    planes.each(
        [&](Index plane) {
          of_planes[static_cast<size_t>(plane)] =
              moments(from + plane * planes.pixels, planes.pixels);
        },
        [&](Index plane, Index g) {
          const Group group =
              group_of(&of_planes[static_cast<size_t>(g * planes.in_group())], planes.in_group());
          if (plane == g * planes.in_group()) found[g] = group;
          const Index channel = plane % planes.channels;
          normalise(from + plane * planes.pixels, planes.pixels,
                    line(group, scales[channel], shifts[channel], relu),
                    to + plane * planes.pixels);
        });
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &scale = saved[1], &shift = saved[2];
    const bool relu = context->saved_data["relu"].toBool();
    const at::Tensor gradient = gradients[0].contiguous();
    const Planes planes(input, saved[3].size(0) / input.size(0));
    const auto* const groups = reinterpret_cast<const Group*>(saved[3].const_data_ptr<float>());
    const float* const from = input.const_data_ptr<float>();
    const float* const given = gradient.const_data_ptr<float>();
    const float* const scales = scale.const_data_ptr<float>();
    const float* const shifts = shift.const_data_ptr<float>();
    std::vector<GradientSums> sums(static_cast<size_t>(planes.images * planes.channels));
    at::Tensor of_input = at::empty_like(input);
    float* const to = of_input.data_ptr<float>();
    const auto line_of = [&](Index plane, const Group& group) {
      return line(group, scales[plane % planes.channels], shifts[plane % planes.channels], relu);
    };
    planes.each(
        [&](Index plane) {
          const Group& group = groups[plane / planes.in_group()];
          const Index place = plane * planes.pixels;
          GradientSums& own = sums[static_cast<size_t>(plane)];
          own = gradient_sums(from + place, given + place, planes.pixels, line_of(plane, group),
                              group.mean);
          own.product *= static_cast<double>(group.inverse_deviation);
        },
        [&](Index plane, Index g) {
          const Index place = plane * planes.pixels;
          input_gradient(from + place, given + place, planes.pixels, line_of(plane, groups[g]),
                         by(planes, groups[g], plane, scales, sums), to + place);
        });
    const Index channels = planes.channels;
    return {of_input,
            {},
            over_images(sums, channels, &GradientSums::product),
            over_images(sums, channels, &GradientSums::gradient),
            {}};
  }

  /// What a plane's input gradients are made of.
  static InputGradient by(const Planes& planes, const Group& group, Index plane,
                          const float* scales, const std::vector<GradientSums>& sums) {
    double sum = 0, product = 0;
    const Index first = plane / planes.in_group() * planes.in_group();
    for (Index p = first; p < first + planes.in_group(); ++p) {
      const auto factor = static_cast<double>(scales[p % planes.channels]);
      sum += factor * sums[static_cast<size_t>(p)].gradient;
      product += factor * sums[static_cast<size_t>(p)].product;
    }
    const auto deviation = static_cast<double>(group.inverse_deviation);
    const auto all = static_cast<double>(planes.in_group() * planes.pixels);
    return {group.mean, group.inverse_deviation * scales[plane % planes.channels],
            static_cast<float>(-product / all * deviation * deviation),
            static_cast<float>(-sum / all * deviation)};
  }

  /// The sum over images of what there is of each channel of each.
  static at::Tensor over_images(const std::vector<GradientSums>& planes, Index channels,
                                double GradientSums::*part) {
    std::vector<double> sums(static_cast<size_t>(channels));
    for (size_t plane = 0; plane < planes.size(); ++plane) {
      sums[plane % sums.size()] += planes[plane].*part;
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
