#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/unet.hpp"

namespace unetflow {
namespace {

NetworkConfig config_of(int depth, int width) {
  NetworkConfig config;
  config.depth = depth;
  config.width = width;
  return config;
}

std::vector<std::string> names_of(const Network& network) {
  std::vector<std::string> names;
  for (const auto& parameter : network.parameters()) names.push_back(parameter.name);
  return names;
}

/// Notes how the gradient of each block's output is laid out.
class WatchedUNet final : public UNet {
 public:
  WatchedUNet(const NetworkConfig& config, at::MemoryFormat layout) : UNet(config, 1) {
    build();
    to({.layout = layout});
  }
  mutable std::vector<bool> kept;

 private:
  at::Tensor through(const Block& block, at::Tensor x) const override {
    const at::Tensor y = UNet::through(block, x);
    y.register_hook([this](const at::Tensor& gradient) {
      kept.push_back(gradient.is_contiguous(arithmetic().layout));
    });
    return y;
  }
};

at::Tensor value_of(const Network& network, const std::string& name) {
  for (const auto& parameter : network.parameters()) {
    if (parameter.name == name) return parameter.value.detach();
  }
  return {};
}

TEST(UNet, HasTheSizesOfThePaper) {
  const auto network = make_network(config_of(4, 2), 1);
  const at::Tensor output = network->forward(at::zeros({1, 1, 572, 572}), {});
  EXPECT_EQ(output.sizes(), (std::vector<std::int64_t>{1, 2, 388, 388}));
}

TEST(UNet, HasAsManyWeightsAsThePapers) {
  std::int64_t count = 0;
  for (const auto& parameter : make_network(config_of(4, 64), 1)->parameters()) {
    count += parameter.value.numel();
  }
  EXPECT_EQ(count, 31030658);
}

TEST(UNet, NamesItsParametersAsTheDocumentDoes) {
  EXPECT_THAT(
      names_of(*make_network(config_of(1, 2), 1)),
      testing::ElementsAre(
          "encoder_blocks.0.0.weight", "encoder_blocks.0.0.bias", "encoder_blocks.0.2.weight",
          "encoder_blocks.0.2.bias", "bottleneck_block.0.weight", "bottleneck_block.0.bias",
          "bottleneck_block.2.weight", "bottleneck_block.2.bias", "decoder_blocks.0.0.weight",
          "decoder_blocks.0.0.bias", "decoder_blocks.0.2.weight", "decoder_blocks.0.2.bias",
          "up_convs.0.weight", "up_convs.0.bias", "prediction.weight", "prediction.bias"));
}

TEST(UNet, DrawsItsWeightsAsThePaperSays) {
  const auto network = make_network(config_of(2, 32), 1);
  const at::Tensor weight = value_of(*network, "bottleneck_block.0.weight");  // 64 channels come in
  EXPECT_NEAR(weight.std().item<double>(), std::sqrt(2 / (9. * 64)), 0.001);
  EXPECT_NEAR(weight.mean().item<double>(), 0, 0.001);
  // PyTorch's default elsewhere: uniform within 1 / sqrt(fan-in), which is 2 * 2 * 64 here.
  const at::Tensor up = value_of(*network, "up_convs.0.weight");
  EXPECT_NEAR(up.abs().max().item<double>(), 1 / 16., 0.0001);
  EXPECT_NEAR(up.std().item<double>(), 1 / 16. / std::sqrt(3), 0.001);
}

TEST(UNet, DrawsTheSameWeightsWithAnyNumberOfThreads) {
  at::set_num_threads(1);
  const auto one = make_network(config_of(2, 32), 1);
  at::set_num_threads(2);
  const auto two = make_network(config_of(2, 32), 1), other = make_network(config_of(2, 32), 2);
  for (size_t i = 0; i < one->parameters().size(); ++i) {
    EXPECT_TRUE(one->parameters()[i].value.equal(two->parameters()[i].value));
    EXPECT_FALSE(one->parameters()[i].value.equal(other->parameters()[i].value));
  }
}

TEST(UNet, MovesItsOutputWithItsInputByThePoolingStride) {
  const auto network = make_network(config_of(2, 4), 1);
  const at::NoGradGuard no_gradients;
  const at::Tensor picture = at::rand({1, 1, 100, 100});
  const auto output_at = [&](std::int64_t y, std::int64_t x) {
    return network->forward(picture.narrow(2, y, 92).narrow(3, x, 92), {});
  };
  const at::Tensor output = output_at(0, 0);
  EXPECT_LT(
      (output.narrow(2, 4, 48).narrow(3, 8, 44) - output_at(4, 8).narrow(2, 0, 48).narrow(3, 0, 44))
          .abs()
          .max()
          .item<float>(),
      1e-5);
}

TEST(UNet, FollowsTheLayoutOfItsWeightsAndGivesTheSame) {
  const auto network = make_network(config_of(2, 4), 1);
  const at::NoGradGuard no_gradients;
  const at::Tensor picture = at::rand({1, 1, 60, 60});
  const at::Tensor output = network->forward(picture, {});
  EXPECT_TRUE(output.is_contiguous());
  network->to({});
  const at::Tensor channels_last = network->forward(picture, {});
  EXPECT_TRUE(channels_last.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_LT((channels_last - output).abs().max().item<float>(), 1e-5);
  EXPECT_EQ(value_of(*network, "encoder_blocks.0.0.weight").stride(1), 1);
}

TEST(UNet, KeepsTheLayoutOfGradientsWhereImagesAreCropped) {
  for (const auto layout : {at::MemoryFormat::ChannelsLast, at::MemoryFormat::Contiguous}) {
    const WatchedUNet network(config_of(2, 4), layout);
    for (const bool bfloat16 : {false, true}) {
      network.kept.clear();
      at::Tensor output;
      {
        const Autocast autocast(at::kCPU, bfloat16);
        output = network.forward(at::rand({2, 1, 60, 60}).contiguous(layout), {});
      }
      output.to(at::kFloat).square().sum().backward();
      EXPECT_EQ(network.kept, std::vector<bool>(5, true)) << layout << ' ' << bfloat16;
    }
  }
}

TEST(UNet, DropsOnlyWithAKey) {
  NetworkConfig config = config_of(1, 2);
  config.dropout = 0.5;
  const auto network = make_network(config, 1);
  const at::NoGradGuard no_gradients;
  const at::Tensor picture = at::rand({1, 1, 20, 20});
  const at::Tensor output = network->forward(picture, {});
  EXPECT_TRUE(network->forward(picture, {}).equal(output));
  EXPECT_FALSE(network->forward(picture, 1).equal(output));
  EXPECT_TRUE(network->forward(picture, 1).equal(network->forward(picture, 1)));
}

TEST(UNet, WithGroupNormComputesInBfloat16AsInFloat32) {
  NetworkConfig config = config_of(2, 8);
  config.normalisation = "group";
  const auto network = make_network(config, 1);
  network->to({});
  const at::Tensor picture = at::rand({1, 1, 60, 60}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor expected = network->forward(picture, {});
  at::Tensor output;
  {
    const Autocast autocast(at::kCPU, true);
    output = network->forward(picture, {});
  }
  EXPECT_EQ(output.scalar_type(), at::kBFloat16);
  EXPECT_LT((output.to(at::kFloat) - expected).abs().max().item<float>(),
            0.05 * expected.abs().max().item<float>());
  output.to(at::kFloat).sum().backward();
  for (const auto& parameter : network->parameters()) {
    ASSERT_TRUE(parameter.value.grad().defined()) << parameter.name;
    EXPECT_EQ(parameter.value.grad().scalar_type(), at::kFloat) << parameter.name;
    EXPECT_TRUE(parameter.value.grad().isfinite().all().item<bool>()) << parameter.name;
  }
}

}  // namespace
}  // namespace unetflow
