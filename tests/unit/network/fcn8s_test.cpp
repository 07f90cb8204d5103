#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include "core/error.hpp"
#include "network/architecture.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

NetworkConfig config_of(int width) {
  NetworkConfig config;
  config.architecture = "fcn8s";
  config.width = width;
  config.depth = 1;
  return config;
}

at::Tensor value_of(const Network& network, const std::string& name) {
  for (const auto& parameter : network.parameters()) {
    if (parameter.name == name) return parameter.value.detach();
  }
  return {};
}

/// With scores that are not 0, as they are at first, so that outputs depend on inputs.
std::unique_ptr<Network> trained(int width) {
  auto network = make_network(config_of(width), 1);
  for (const char* name : {"score_fr.weight", "score_pool4.weight", "score_pool3.weight"}) {
    value_of(*network, name).normal_();
  }
  return network;
}

TEST(Fcn8s, TakesTheTilesOfAUNet) {
  NetworkConfig config = config_of(1);
  config.depth = 4;
  const at::NoGradGuard no_gradients;
  const at::Tensor output = make_network(config, 1)->forward(at::zeros({2, 1, 572, 204}), {});
  EXPECT_EQ(output.sizes(), (std::vector<std::int64_t>{2, 2, 388, 20}));
}

TEST(Fcn8s, NamesItsTrunkAsTorchvisionDoes) {
  const auto network = make_network(config_of(2), 1);
  EXPECT_EQ(value_of(*network, "features.0.weight").sizes(),
            (std::vector<std::int64_t>{2, 1, 3, 3}));
  EXPECT_EQ(value_of(*network, "features.28.weight").sizes(),
            (std::vector<std::int64_t>{16, 16, 3, 3}));
  EXPECT_EQ(value_of(*network, "classifier.0.weight").sizes(),
            (std::vector<std::int64_t>{128, 16, 7, 7}));
  EXPECT_EQ(network->parameters().size(), 2U * (13 + 2 + 3) + 3);
}

TEST(Fcn8s, UpsamplesBilinearlyAtFirst) {
  const auto network = make_network(config_of(1), 1);
  const at::Tensor weight = value_of(*network, "upscore2.weight");
  const std::vector<float> ramp = {0.25, 0.75, 0.75, 0.25};
  for (std::int64_t y = 0; y < 4; ++y) {
    for (std::int64_t x = 0; x < 4; ++x) {
      EXPECT_FLOAT_EQ(weight[1][1][y][x].item<float>(),
                      ramp[static_cast<size_t>(y)] * ramp[static_cast<size_t>(x)]);
      EXPECT_EQ(weight[0][1][y][x].item<float>(), 0);
    }
  }
}

TEST(Fcn8s, IsTheSameInEveryTileButForItsBorder) {
  const auto network = trained(2);
  const at::NoGradGuard no_gradients;
  const auto edge = geometry_of(config_of(2)).padding_affected_border;
  const auto output_at = [&](const at::Tensor& picture, std::int64_t side) {
    const at::Tensor tile = picture.narrow(2, 32, side).narrow(3, 64, side);
    const at::Tensor output = network->forward(tile, {});
    const auto inner = output.size(2) - 2 * edge;
    return output.narrow(2, edge, inner).narrow(3, edge, inner);
  };
  const at::Tensor picture = at::rand({1, 1, 700, 700});
  const at::Tensor whole = network->forward(picture, {});
  for (const std::int64_t side : {530, 571}) {
    const at::Tensor tile = output_at(picture, side);
    const auto inner = tile.size(2);
    ASSERT_GT(inner, 32);
    const at::Tensor expected = whole.narrow(2, 32 + edge, inner).narrow(3, 64 + edge, inner);
    EXPECT_LT((tile - expected).abs().max().item<float>(),
              1e-5 * expected.abs().max().item<float>());
  }
}

TEST(Fcn8s, SeesAsFarAsItsGeometrySays) {
  // The gradient of an output pixel is 0 exactly where the pixel does not see. Of the 32 pixels
  // that poolings treat differently, number 4 sees furthest ahead and number 27 furthest back.
  const auto network = trained(8);
  const auto margin = geometry_of(config_of(8)).margin;
  const auto reach = geometry_of(config_of(8)).padding_affected_border + margin;
  EXPECT_EQ(reach, 245);
  std::int64_t furthest = 0;
  for (const std::int64_t pixel : {256 + 4, 256 + 15, 256 + 27}) {
    at::Tensor picture = at::rand({1, 1, 544, 20}).requires_grad_();
    network->forward(picture, {}).select(2, pixel - margin).sum().backward();
    const at::Tensor rows = picture.grad().abs().sum({0, 1, 3}).nonzero();
    furthest = std::max({furthest, pixel - rows.min().item<std::int64_t>(),
                         rows.max().item<std::int64_t>() - pixel});
  }
  EXPECT_LE(furthest, reach);
  EXPECT_GE(furthest, reach - 4);  // max-pooling's gradient follows one of the pixels it saw
}

void start(Network& network, const Tensors& weights, const std::string& place) {
  architecture_of(network.config()).start(network, weights, place);
}

Tensors vgg(const Network& network, std::int64_t channels) {
  Tensors weights;
  for (const auto& [name, value] : network.parameters()) {
    if (!name.starts_with("features.")) continue;
    auto shape = value.sizes().vec();
    if (name == "features.0.weight") shape[1] = channels;
    weights.emplace(name, to_plain(at::ones(shape)));
  }
  return weights;
}

TEST(Fcn8sFromVgg16, SumsTheFirstWeightsOverRgbForGrayImages) {
  const auto network = make_network(config_of(1), 1);
  const at::Tensor score = value_of(*network, "classifier.0.weight").clone();
  start(*network, vgg(*network, 3), "vgg16.safetensors");
  EXPECT_TRUE(value_of(*network, "features.0.weight").eq(3).all().item<bool>());
  EXPECT_TRUE(value_of(*network, "features.28.weight").eq(1).all().item<bool>());
  EXPECT_TRUE(value_of(*network, "classifier.0.weight").equal(score));
}

TEST(Fcn8sFromVgg16, TakesFullyConnectedLayersAsConvolutions) {
  const auto network = make_network(config_of(1), 1);
  Tensors weights = vgg(*network, 1);
  const at::Tensor connected = at::rand({64, 8 * 7 * 7});
  weights.emplace("classifier.0.weight", to_plain(connected));
  start(*network, weights, "vgg16.safetensors");
  EXPECT_TRUE(value_of(*network, "classifier.0.weight").equal(connected.view({64, 8, 7, 7})));
}

TEST(Fcn8sFromVgg16, RefusesWhatIsNotItsVgg) {
  const auto network = make_network(config_of(1), 1);
  Tensors weights = vgg(*network, 2);
  EXPECT_THAT([&] { start(*network, weights, "vgg16.safetensors"); },
              ThrowsMessage<InputError>("vgg16.safetensors: tensor \"features.0.weight\" has the "
                                        "shape [1, 2, 3, 3], the network's has [1, 1, 3, 3]"));
  weights.erase("features.0.weight");
  EXPECT_THAT(
      [&] { start(*network, weights, "vgg16.safetensors"); },
      ThrowsMessage<InputError>(HasSubstr("has no tensor \"features.0.weight\" of VGG-16")));
}

}  // namespace
}  // namespace unetflow
