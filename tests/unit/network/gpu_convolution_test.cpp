#include "network/gpu_convolution.hpp"

#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <cmath>

#include "every_device.hpp"
#include "network/device.hpp"

namespace unetflow {
namespace {

class GpuConvolution : public EveryDevice {};
INSTANTIATE_ON_EVERY_DEVICE(GpuConvolution);

struct Values {
  at::Tensor input, weight, bias;

  Values(at::Device device, at::ScalarType type) {
    at::manual_seed(1);
    const auto given = [&](at::IntArrayRef shape) {
      at::Tensor values = at::randn(shape, at::kDouble).to(type).to(device);
      if (shape.size() == 4) values = values.contiguous(at::MemoryFormat::ChannelsLast);
      return values.requires_grad_();
    };
    input = given({2, 8, 9, 11});
    weight = given({16, 8, 3, 3});
    bias = given({16});
  }
  std::vector<at::Tensor> gradients(const at::Tensor& output) const {
    (output.to(at::kFloat) * output.to(at::kFloat)).sum().backward();
    return {input.grad(), weight.grad(), bias.grad()};
  }
};

/// In float32 as computed in float32; in bfloat16 within what its 8 bits leave.
TEST_P(GpuConvolution, GivesTheOutputAndGradientsOfBothOneAfterTheOther) {
  for (const bool bfloat16 : {false, true}) {
    for (const std::int64_t padding : {0, 1}) {
      const Values fused(device(), at::kFloat), apart(device(), at::kFloat);
      at::Tensor output, expected;
      {
        const Autocast autocast(device().type(), bfloat16);
        output = gpu_convolution(fused.input, fused.weight, fused.bias, padding, true);
        expected = at::conv2d(apart.input, apart.weight, apart.bias, 1, padding).relu_();
      }
      EXPECT_EQ(output.scalar_type(), expected.scalar_type());
      EXPECT_TRUE(output.is_contiguous(at::MemoryFormat::ChannelsLast));
      const double tolerance = bfloat16 ? 0.05 : device().is_cpu() ? 1e-5 : 5e-3;  // TF32
      EXPECT_TRUE(at::allclose(output, expected, tolerance, tolerance));
      const auto gradients = fused.gradients(output), wanted = apart.gradients(expected);
      for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(gradients[i].scalar_type(), at::kFloat);
        EXPECT_TRUE(at::allclose(gradients[i], wanted[i], tolerance,
                                 tolerance * wanted[i].abs().max().item<double>()))
            << i << ' ' << bfloat16 << ' ' << padding;
      }
    }
  }
}

/// Against differences of the output: of the sum of squares, in double.
TEST(GpuConvolutionFunction, HasTheGradientsOfItsDifferences) {
  const Values values(at::kCPU, at::kDouble);
  const auto sum = [&] {
    const at::NoGradGuard no_gradients;
    return gpu_convolution(values.input, values.weight, values.bias, 1, true)
        .square()
        .sum()
        .item<double>();
  };
  gpu_convolution(values.input, values.weight, values.bias, 1, true).square().sum().backward();
  for (const at::Tensor& parameter : {values.input, values.weight, values.bias}) {
    for (const std::int64_t i : {0, 3, 7}) {
      double* const value = parameter.data_ptr<double>() + i;
      constexpr double kStep = 1e-6;
      *value += kStep;
      const double above = sum();
      *value -= 2 * kStep;
      const double below = sum();
      *value += kStep;
      const double gradient =
          parameter.grad().as_strided({parameter.numel()}, {1})[i].item<double>();
      EXPECT_NEAR((above - below) / (2 * kStep), gradient, 1e-5 * (1 + std::abs(gradient)));
    }
  }
}

}  // namespace
}  // namespace unetflow
