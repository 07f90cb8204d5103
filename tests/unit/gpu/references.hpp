// What LibTorch computes in float32 of the same numbers, to compare kernels with.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace unetflow {

/// Numbers as bfloat16 has them, in channels_last.
inline at::Tensor random_images(at::IntArrayRef shape, at::Device device = at::kCPU) {
  return at::randn(shape).to(device).to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
}

/// Whether values are those of `expected` as far as the 8 bits of bfloat16 go.
inline bool alike(const at::Tensor& values, const at::Tensor& expected) {
  const at::Tensor given = values.to(at::kFloat), wanted = expected.to(at::kFloat);
  const double largest = wanted.abs().max().item<double>();
  return given.sizes() == wanted.sizes() && at::allclose(given, wanted, 0.01, 0.005 * largest);
}

struct NormReference {
  at::Tensor output, of_input, of_scale, of_shift;

  NormReference(const at::Tensor& input, std::int64_t groups, const at::Tensor& scale,
                const at::Tensor& shift, bool relu, const at::Tensor& gradient) {
    const at::Tensor x = input.to(at::kFloat).detach().requires_grad_();
    const at::Tensor s = scale.detach().clone().requires_grad_();
    const at::Tensor t = shift.detach().clone().requires_grad_();
    output = at::group_norm(x, groups, s, t);
    if (relu) output = output.relu();
    output.backward(gradient.to(at::kFloat));
    of_input = x.grad();
    of_scale = s.grad();
    of_shift = t.grad();
  }
};

struct PoolReference {
  at::Tensor pooled, of_input;

  /// The middle part begins at (top, left) and is as large as `of_middle`.
  PoolReference(const at::Tensor& input, const at::Tensor& of_pooled, const at::Tensor& of_middle,
                std::int64_t top, std::int64_t left) {
    const at::Tensor x = input.to(at::kFloat).detach().requires_grad_();
    pooled = at::max_pool2d(x, 2);
    const at::Tensor middle =
        x.narrow(2, top, of_middle.size(2)).narrow(3, left, of_middle.size(3));
    ((pooled * of_pooled.to(at::kFloat)).sum() + (middle * of_middle.to(at::kFloat)).sum())
        .backward();
    of_input = x.grad();
  }
};

}  // namespace unetflow
