#include "gpu/nhwc.hpp"

#include <gmock/gmock.h>

#include "every_device.hpp"
#include "gpu/kernels.hpp"
#include "references.hpp"

namespace unetflow {
namespace {

class Nhwc : public EveryDevice {};
INSTANTIATE_ON_EVERY_DEVICE(Nhwc);

TEST_P(Nhwc, KernelsAreThereOnAGpuOnly) {
  EXPECT_EQ(suits_gpu_kernels(random_images({1, 8, 4, 4}, device())), device().is_cuda())
      << why_no_gpu_kernels();
  EXPECT_FALSE(suits_gpu_kernels(random_images({1, 2, 4, 4}, device())));
  EXPECT_FALSE(suits_gpu_kernels(at::zeros({1, 8, 4, 4}).to(device())));
}

TEST_P(Nhwc, GradientsOfAReluAreThoseOfLibTorch) {
  if (!device().is_cuda()) GTEST_SKIP() << "kernels_test.cpp runs them on a processor";
  for (const std::int64_t channels : {8, 24, 64, 512, 2048}) {
    const at::Tensor gradient = random_images({3, channels, 31, 17}, device());
    const at::Tensor output = random_images({3, channels, 31, 17}, device()).relu();
    const ReluGradient found = gpu_relu_gradient(gradient, output);
    const at::Tensor expected = at::threshold_backward(gradient, output, 0);
    EXPECT_TRUE(at::equal(found.gradient, expected));
    EXPECT_TRUE(at::allclose(found.sums, expected.to(at::kFloat).sum({0, 2, 3}), 1e-3, 1e-2));
    EXPECT_TRUE(at::allclose(gpu_channel_sums(gradient).sums,
                             gradient.to(at::kFloat).sum({0, 2, 3}), 1e-3, 1e-2));
    EXPECT_TRUE(at::equal(gpu_relu_gradient(gradient, output).sums, found.sums));
  }
}

TEST_P(Nhwc, ConvolutionsOfFewChannelsAreThoseOfLibTorch) {
  if (!device().is_cuda()) GTEST_SKIP() << "kernels_test.cpp runs them on a processor";
  for (const std::int64_t in : {1, 3, 8}) {
    for (const std::int64_t padding : {0, 1}) {
      const at::Tensor x = random_images({2, in, 61, 43}, device());
      const at::Tensor weight = random_images({64, in, 3, 3}, device());
      const at::Tensor bias = at::randn({64}).to(device());
      const at::Tensor expected =
          at::conv2d(x.to(at::kFloat), weight.to(at::kFloat), bias, 1, padding).relu();
      EXPECT_TRUE(alike(gpu_convolution_of_few(x, weight, bias, padding, true), expected));
    }
  }
}

TEST_P(Nhwc, ImagesAreJoinedAsByLibTorch) {
  if (!device().is_cuda()) GTEST_SKIP() << "kernels_test.cpp runs them on a processor";
  const at::Tensor whole = random_images({2, 64, 40, 36}, device());
  const at::Tensor second = random_images({2, 64, 20, 12}, device());
  const at::Tensor bias = at::randn({64}).to(device());
  const at::Tensor first = whole.narrow(2, 10, 20).narrow(3, 12, 12);
  const at::Tensor shifted = second.to(at::kFloat) + bias.view({1, 64, 1, 1});
  const at::Tensor expected = at::cat({first.to(at::kFloat), shifted}, 1);
  EXPECT_TRUE(alike(gpu_joined(first, second, bias), expected));
  EXPECT_TRUE(alike(gpu_joined(first.contiguous(), second, bias), expected));
}

TEST_P(Nhwc, GroupsAreNormalisedAsByLibTorch) {
  if (!device().is_cuda()) GTEST_SKIP() << "kernels_test.cpp runs them on a processor";
  for (const std::int64_t channels : {8, 24, 64, 512, 2048}) {
    for (const bool relu : {false, true}) {
      const at::Tensor input = random_images({2, channels, 40, 36}, device()) * 3 + 2;
      const at::Tensor gradient = random_images({2, channels, 40, 36}, device());
      const at::Tensor scale = at::randn({channels}).to(device()).requires_grad_();
      const at::Tensor shift = at::randn({channels}).to(device()).requires_grad_();
      const at::Tensor x = input.detach().requires_grad_();
      ASSERT_TRUE(suits_gpu_groups(x, 8));
      const at::Tensor output = gpu_group_normalised(x, 8, scale, shift, relu);
      output.backward(gradient);
      const NormReference expected(input, 8, scale, shift, relu, gradient);
      EXPECT_TRUE(alike(output, expected.output)) << channels;
      EXPECT_TRUE(alike(x.grad(), expected.of_input)) << channels;
      EXPECT_TRUE(alike(scale.grad(), expected.of_scale)) << channels;
      EXPECT_TRUE(alike(shift.grad(), expected.of_shift)) << channels;
    }
  }
}

TEST_P(Nhwc, PoolingAndItsGradientAreThoseOfLibTorch) {
  if (!device().is_cuda()) GTEST_SKIP() << "kernels_test.cpp runs them on a processor";
  const at::Tensor x = random_images({2, 64, 24, 20}, device());
  const at::Tensor of_pooled = random_images({2, 64, 12, 10}, device());
  const at::Tensor joined = random_images({2, 128, 16, 12}, device());
  for (const at::Tensor& of_middle :
       {joined.narrow(1, 64, 64), joined.narrow(1, 0, 64).contiguous()}) {
    const PoolReference expected(x, of_pooled, of_middle, 4, 3);
    EXPECT_TRUE(at::equal(gpu_max_pool(x).to(at::kFloat), expected.pooled));
    EXPECT_TRUE(alike(gpu_max_pool_gradient(x, of_pooled, of_middle, 4, 3), expected.of_input));
  }
}

}  // namespace
}  // namespace unetflow
