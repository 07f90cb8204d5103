// What networks compute besides convolutions, on a GPU, of bfloat16 in channels_last, each in one
// or two passes over memory: LibTorch makes more of them, adds up biases' gradients at a fraction
// of the memory's speed, and normalises groups in float32 and NCHW only. Same bytes in every run on
// GPUs of as many multiprocessors.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace unetflow {

/// Whether the functions below take such images.
bool suits_gpu_kernels(const at::Tensor& images);
/// The same of images like these, but with so many channels.
bool suits_gpu_kernels_of(const at::Tensor& images, std::int64_t channels);

/// The same values [image, channel, y, x] in memory as they are needed.
at::Tensor in_nhwc(const at::Tensor& images);

/// The sum of each channel, float32; and the images themselves, one next to the other, if they are
/// some channels of others.
struct ChannelSums {
  at::Tensor images, sums;
};
ChannelSums gpu_channel_sums(const at::Tensor& images);

struct ReluGradient {
  at::Tensor gradient;  ///< before the ReLU
  at::Tensor sums;      ///< of its channels, float32: a bias' gradient
};
/// Of what comes out of a ReLU and the gradient there.
ReluGradient gpu_relu_gradient(const at::Tensor& gradient, const at::Tensor& output);

/// conv2d() of images with up to 8 channels by 3x3 kernels, and a ReLU if asked for.
at::Tensor gpu_convolution_of_few(const at::Tensor& input, const at::Tensor& weight,
                                  const at::Tensor& bias, std::int64_t padding, bool relu);

/// The channels of two sets of images one after the other, the second with a bias, float32, added.
at::Tensor gpu_joined(const at::Tensor& first, const at::Tensor& second, const at::Tensor& bias);

/// Group normalisation, and a ReLU then if asked for; `scale` and `shift` are float32.
at::Tensor gpu_group_normalised(const at::Tensor& input, std::int64_t groups,
                                const at::Tensor& scale, const at::Tensor& shift, bool relu);
/// Whether groups of so many channels can be normalised.
bool suits_gpu_groups(const at::Tensor& input, std::int64_t groups);

/// The largest of each 2x2 pixels of images with even sides.
at::Tensor gpu_max_pool(const at::Tensor& input);
/// The gradient of the input, of that of the pooled and that of its middle part, which begins at
/// (top, left).
at::Tensor gpu_max_pool_gradient(const at::Tensor& input, const at::Tensor& of_pooled,
                                 const at::Tensor& of_middle, std::int64_t top, std::int64_t left);

}  // namespace unetflow
