#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include "network/architecture.hpp"
#include "network/loss.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

NetworkConfig config_of(int depth, int width, const std::string& normalisation = "none") {
  NetworkConfig config;
  config.architecture = "residual_unet";
  config.depth = depth;
  config.width = width;
  config.normalisation = normalisation;
  return config;
}

at::Tensor value_of(const Network& network, const std::string& name) {
  for (const auto& parameter : network.parameters()) {
    if (parameter.name == name) return parameter.value.detach();
  }
  return {};
}

TEST(ResidualUNet, AddsACroppedShortcutToEachBlock) {
  // With all 3x3 convolutions of 0, a block is what its shortcut makes of the image's middle. Here
  // every shortcut and the upsampling pass on the mean of the channels, so the output is the
  // maximum that the pooling took, or the pixel itself.
  const auto network = make_network(config_of(1, 2), 1);
  const at::NoGradGuard no_gradients;
  for (const auto& parameter : network->parameters()) {
    const auto& name = parameter.name;
    at::Tensor value = parameter.value.detach();
    value.zero_();
    if (name.ends_with("shortcut.0.weight")) value.fill_(1. / static_cast<double>(value.size(1)));
    if (name.starts_with("up_convs") && value.dim() == 4) {
      value.fill_(1. / static_cast<double>(value.size(0)));
    }
    if (name == "prediction.weight") value.fill_(0.5);
  }
  const at::Tensor image = at::rand({1, 1, 24, 24});
  const at::Tensor output = network->forward(image, {});
  const at::Tensor middle = image.narrow(2, 2, 20).narrow(3, 2, 20);
  const at::Tensor pooled = at::max_pool2d(middle, 2).narrow(2, 2, 6).narrow(3, 2, 6);
  const at::Tensor up = at::upsample_nearest2d(pooled, {12, 12});
  // The last block's shortcut takes the mean over what crossed over and what came up, each 2 wide.
  const at::Tensor expected =
      ((image.narrow(2, 6, 12).narrow(3, 6, 12) + up) / 2).narrow(2, 2, 8).narrow(3, 2, 8);
  ASSERT_EQ(output.sizes(), (std::vector<std::int64_t>{1, 2, 8, 8}));
  EXPECT_LT((output.select(1, 0) - expected.select(1, 0)).abs().max().item<float>(), 1e-6);
}

TEST(ResidualUNet, HasAShortcutWithWeightsWhereChannelsChange) {
  const auto network = make_network(config_of(2, 4, "group"), 1);
  EXPECT_EQ(value_of(*network, "encoder_blocks.1.shortcut.0.weight").sizes(),
            (std::vector<std::int64_t>{8, 4, 1, 1}));
  EXPECT_EQ(value_of(*network, "bottleneck_block.shortcut.1.weight").sizes(),
            (std::vector<std::int64_t>{16}));
}

TEST(ResidualUNet, HasTheGradientOfItsLoss) {
  const auto network = make_network(config_of(1, 4, "group"), 1);
  for (const auto& parameter : network->parameters()) {
    const at::NoGradGuard no_gradients;
    parameter.value.set_data(parameter.value.detach().to(at::kDouble));
  }
  at::manual_seed(1);
  const at::Tensor image = at::rand({1, 1, 28, 28}, at::kDouble);
  const auto sum = [&] { return network->forward(image, {}).square().sum(); };
  sum().backward();
  // Central differences along one random direction through all weights at once.
  std::vector<at::Tensor> directions;
  double expected = 0;
  for (const auto& parameter : network->parameters()) {
    ASSERT_TRUE(parameter.value.grad().defined()) << parameter.name;
    directions.push_back(at::randn(parameter.value.sizes(), at::kDouble));
    expected += (directions.back() * parameter.value.grad()).sum().item<double>();
  }
  const at::NoGradGuard no_gradients;
  const auto moved = [&](double by) {
    for (size_t i = 0; i < directions.size(); ++i) {
      network->parameters()[i].value.detach().add_(directions[i], by);
    }
  };
  constexpr double step = 1e-6;
  moved(step);
  const double above = sum().item<double>();
  moved(-2 * step);
  const double below = sum().item<double>();
  EXPECT_NEAR((above - below) / (2 * step) / expected, 1, 1e-4);
}

}  // namespace
}  // namespace unetflow
