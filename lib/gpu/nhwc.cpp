#include "gpu/nhwc.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "gpu/kernels.hpp"

namespace unetflow {
namespace {

constexpr std::int64_t kEight = 8;

/// The sizes of images as kernels take them.
struct Sizes {
  std::int64_t images, pixels;  ///< the latter of one image
  int channels, eights;

  explicit Sizes(const at::Tensor& of)
      : images(of.size(0)),
        pixels(of.size(2) * of.size(3)),
        channels(static_cast<int>(of.size(1))),
        eights(static_cast<int>(of.size(1) / kEight)) {}

  /// How many blocks add up `count` pixels: at most so many, and so that each thread has some
  /// pixels.
  unsigned int adding(std::int64_t count, std::int64_t most) const {
    constexpr std::int64_t kLeast = 8;
    const std::int64_t rows = kThreadsPerBlock / eights;
    return static_cast<unsigned int>(
        std::clamp(count / (rows * kLeast), std::int64_t{1}, std::max(most, std::int64_t{1})));
  }
};

std::int64_t most_blocks() { return 4 * std::int64_t{multiprocessors()}; }

/// Of a kernel's parameters.
const void* read(const at::Tensor& values) { return values.const_data_ptr(); }
void* written(const at::Tensor& values) { return values.data_ptr(); }

at::Tensor empty_floats(const at::Tensor& like, at::IntArrayRef shape) {
  return at::empty(shape,
                   like.options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous));
}

at::Tensor empty_alike(const at::Tensor& images) {
  return at::empty(images.sizes(), images.options(), at::MemoryFormat::ChannelsLast);
}

/// Images whose pixels are so many eights apart: some channels of others are read where they are.
struct Pixels {
  at::Tensor images;
  int stride;

  explicit Pixels(const at::Tensor& given) : images(given) {
    const std::int64_t step = given.stride(3);
    const bool in_place = given.stride(1) == 1 && step % kEight == 0 &&
                          given.stride(2) == given.size(3) * step &&
                          given.stride(0) == given.size(2) * given.size(3) * step &&
                          given.storage_offset() % kEight == 0;
    if (!in_place) images = in_nhwc(given);
    stride = static_cast<int>(in_place ? step / kEight : given.size(1) / kEight);
  }
};

/// The sum over blocks of what they have of each channel.
at::Tensor added(const at::Tensor& sums) {
  at::Tensor total = empty_floats(sums, {sums.size(1)});
  run_kernel("add_sums", {static_cast<unsigned int>(sums.size(1) / kEight)}, read(sums),
             written(total), static_cast<int>(sums.size(0)), static_cast<int>(sums.size(1)));
  return total;
}

struct GroupNorm : torch::autograd::Function<GroupNorm> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            std::int64_t groups, const at::Tensor& scale, const at::Tensor& shift,
                            bool relu) {
    const Sizes size(input);
    const auto images = static_cast<unsigned int>(size.images);
    const unsigned int blocks = size.adding(size.pixels, most_blocks() / size.images);
    const at::Tensor sums = empty_floats(input, {size.images, blocks, 2, size.channels});
    const at::Tensor lines = empty_floats(input, {size.images, 2, size.channels});
    const at::Tensor statistics = empty_floats(input, {size.images, groups, 2});
    at::Tensor output = empty_alike(input);
    const long long pixels = size.pixels;
    run_kernel("norm_sums", {blocks, images}, read(input), written(sums), pixels, size.eights);
    run_kernel("norm_lines", {static_cast<unsigned int>(groups), images}, read(sums), read(scale),
               read(shift), written(lines), written(statistics), static_cast<int>(blocks),
               size.channels, pixels);
    run_kernel("norm_apply", {blocks_of(pixels * size.eights), images}, read(input), read(lines),
               written(output), pixels, size.eights, static_cast<int>(relu));
    context->save_for_backward({input, scale, lines, statistics});
    context->saved_data["relu"] = relu;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &scale = saved[1], &lines = saved[2],
                     &statistics = saved[3];
    const int relu = context->saved_data["relu"].toBool() ? 1 : 0;
    const at::Tensor gradient = in_nhwc(gradients[0].to(at::kBFloat16));
    const Sizes size(input);
    const auto images = static_cast<unsigned int>(size.images);
    const auto groups = static_cast<unsigned int>(statistics.size(1));
    const unsigned int blocks = size.adding(size.pixels, most_blocks() / size.images);
    const at::Tensor sums = empty_floats(input, {size.images, blocks, 2, size.channels});
    const at::Tensor own_lines = empty_floats(input, {size.images, 3, size.channels});
    const at::Tensor of_scale = empty_floats(input, {size.images, size.channels});
    const at::Tensor of_shift = empty_floats(input, {size.images, size.channels});
    at::Tensor of_input = empty_alike(input);
    const long long pixels = size.pixels;
    run_kernel("norm_gradient_sums", {blocks, images}, read(input), read(gradient), read(lines),
               read(statistics), written(sums), pixels, size.eights, static_cast<int>(groups),
               relu);
    run_kernel("norm_gradient_lines", {groups, images}, read(sums), read(scale), read(statistics),
               written(own_lines), written(of_scale), written(of_shift), static_cast<int>(blocks),
               size.channels, pixels);
    run_kernel("norm_gradient_apply", {blocks_of(pixels * size.eights), images}, read(input),
               read(gradient), read(lines), read(own_lines), written(of_input), pixels, size.eights,
               relu);
    return {of_input, {}, of_scale.sum(0), of_shift.sum(0), {}};
  }
};

}  // namespace

bool suits_gpu_kernels_of(const at::Tensor& images, std::int64_t channels) {
  return images.is_cuda() && images.scalar_type() == at::kBFloat16 && images.dim() == 4 &&
         channels % kEight == 0 && channels <= kEight * kThreadsPerBlock && images.numel() > 0 &&
         why_no_gpu_kernels().empty();
}

bool suits_gpu_kernels(const at::Tensor& images) {
  return suits_gpu_kernels_of(images, images.size(1));
}

at::Tensor in_nhwc(const at::Tensor& images) {
  return images.contiguous(at::MemoryFormat::ChannelsLast);
}

ChannelSums gpu_channel_sums(const at::Tensor& images) {
  const Sizes size(images);
  const long long pixels = size.images * size.pixels;
  const unsigned int blocks = size.adding(pixels, most_blocks());
  const at::Tensor sums = empty_floats(images, {blocks, size.channels});
  const Pixels values(images);
  const bool copies = values.stride != size.eights;
  const at::Tensor to = copies ? empty_alike(images) : values.images;
  run_kernel("channel_sums", {blocks}, read(values.images), copies ? written(to) : nullptr,
             written(sums), pixels, size.eights, values.stride);
  return {to, added(sums)};
}

ReluGradient gpu_relu_gradient(const at::Tensor& gradient, const at::Tensor& output) {
  const Sizes size(output);
  const long long pixels = size.images * size.pixels;
  const unsigned int blocks = size.adding(pixels, most_blocks());
  const at::Tensor sums = empty_floats(output, {blocks, size.channels});
  const at::Tensor given = in_nhwc(gradient), after = in_nhwc(output);
  at::Tensor before = empty_alike(output);
  run_kernel("relu_gradient", {blocks}, read(given), read(after), written(before), written(sums),
             pixels, size.eights);
  return {before, added(sums)};
}

at::Tensor gpu_convolution_of_few(const at::Tensor& input, const at::Tensor& weight,
                                  const at::Tensor& bias, std::int64_t padding, bool relu) {
  constexpr std::int64_t kAlong = 4;  // pixels of a thread
  const at::Tensor images = in_nhwc(input);
  const at::Tensor by_tap = weight.permute({2, 3, 1, 0}).to(at::kFloat).contiguous();
  const at::Tensor offset = bias.to(at::kFloat);
  const std::int64_t height = input.size(2) + 2 * padding - 2,
                     width = input.size(3) + 2 * padding - 2;
  at::Tensor output = at::empty({input.size(0), weight.size(0), height, width}, input.options(),
                                at::MemoryFormat::ChannelsLast);
  const int eights = static_cast<int>(weight.size(0) / kEight);
  const long long count = input.size(0) * height * ((width + kAlong - 1) / kAlong) * eights;
  run_kernel("convolve_few", {blocks_of(count)}, read(images), read(by_tap), read(offset),
             written(output), count, static_cast<int>(input.size(2)),
             static_cast<int>(input.size(3)), static_cast<int>(input.size(1)), eights,
             static_cast<int>(padding), static_cast<int>(relu));
  return output;
}

at::Tensor gpu_joined(const at::Tensor& first, const at::Tensor& second, const at::Tensor& bias) {
  const Sizes size(second);
  const at::Tensor up = in_nhwc(second);
  const bool in_place = first.stride(1) == 1 && first.stride(3) == size.channels &&
                        first.stride(2) % kEight == 0 && first.stride(0) % kEight == 0 &&
                        first.storage_offset() % kEight == 0;
  const at::Tensor skipped = in_place ? first : in_nhwc(first);
  at::Tensor both = at::empty({size.images, 2 * size.channels, second.size(2), second.size(3)},
                              second.options(), at::MemoryFormat::ChannelsLast);
  const long long pixels = size.images * size.pixels;
  run_kernel("join", {blocks_of(pixels * 2 * size.eights)}, read(skipped), read(up), read(bias),
             written(both), pixels, static_cast<int>(second.size(2)),
             static_cast<int>(second.size(3)), size.eights,
             static_cast<long long>(skipped.stride(0) / kEight),
             static_cast<long long>(skipped.stride(2) / kEight));
  return both;
}

at::Tensor gpu_group_normalised(const at::Tensor& input, std::int64_t groups,
                                const at::Tensor& scale, const at::Tensor& shift, bool relu) {
  return GroupNorm::apply(in_nhwc(input), groups, scale, shift, relu);
}

bool suits_gpu_groups(const at::Tensor& input, std::int64_t groups) {
  constexpr std::int64_t kMostImages = 65535;  // of a launch
  return suits_gpu_kernels(input) && input.size(1) / groups <= kThreadsPerBlock &&
         input.size(0) <= kMostImages;
}

at::Tensor gpu_max_pool(const at::Tensor& input) {
  const Sizes size(input);
  at::Tensor pooled = at::empty({size.images, size.channels, input.size(2) / 2, input.size(3) / 2},
                                input.options(), at::MemoryFormat::ChannelsLast);
  const long long count = size.images * size.pixels / 4;
  run_kernel("pool", {blocks_of(count * size.eights)}, read(input), written(pooled), count,
             static_cast<int>(input.size(3)), size.eights);
  return pooled;
}

at::Tensor gpu_max_pool_gradient(const at::Tensor& input, const at::Tensor& of_pooled,
                                 const at::Tensor& of_middle, std::int64_t top, std::int64_t left) {
  const Sizes size(input);
  const at::Tensor pooled = in_nhwc(of_pooled);
  const Pixels middle(of_middle);
  at::Tensor gradient = empty_alike(input);
  const long long count = size.images * size.pixels / 4;
  run_kernel("pool_gradient", {blocks_of(count * size.eights)}, read(input), read(pooled),
             read(middle.images), written(gradient), count, static_cast<int>(input.size(2)),
             static_cast<int>(input.size(3)), size.eights, static_cast<int>(top),
             static_cast<int>(left), static_cast<int>(of_middle.size(2)),
             static_cast<int>(of_middle.size(3)), middle.stride);
  return gradient;
}

}  // namespace unetflow
