#include "network/network.hpp"
#include "network/architecture.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>

#include "core/error.hpp"
#include "every_device.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Dropped, KeepsTheMeanAndDropsTheFractionAskedFor) {
  const at::Tensor result = dropped(at::ones({2, 8, 50, 50}), 0.3, 1);
  const double kept = result.gt(0).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(kept, 0.7, 4 * std::sqrt(0.3 * 0.7 / 40000));
  EXPECT_FLOAT_EQ(result.max().item<float>(), 1 / 0.7F);
  EXPECT_EQ(result.min().item<float>(), 0);
}

class DroppedOn : public EveryDevice {};
INSTANTIATE_ON_EVERY_DEVICE(DroppedOn);

TEST_P(DroppedOn, IsAFunctionOfTheKeyAlone) {
  const at::Tensor ones = at::ones({1, 16, 33, 41});
  at::set_num_threads(1);
  const at::Tensor result = dropped(ones, 0.5, 7);
  const at::Tensor there = ones.to(device());
  EXPECT_TRUE(dropped(there, 0.5, 7).to(at::kCPU).equal(result));
  at::set_num_threads(2);
  EXPECT_TRUE(dropped(ones, 0.5, 7).equal(result));
  EXPECT_FALSE(dropped(ones, 0.5, 8).equal(result));
  const at::Tensor channels_last = ones.contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(dropped(channels_last, 0.5, 7).equal(result));
  EXPECT_TRUE(dropped(channels_last, 0.5, 7).is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(Dropped, WorksOnAnyNumberOfValues) {
  for (const std::int64_t size : {1, 2, 3, 5}) {
    EXPECT_TRUE(dropped(at::ones({size}), 0, 1).equal(at::ones({size})));
  }
}

NetworkConfig small() {
  NetworkConfig config;
  config.depth = 1;
  config.width = 2;
  return config;
}

TEST(Weights, ComeBackAsTheyWere) {
  const auto network = make_network(small(), 1), other = make_network(small(), 2);
  other->to({});  // the layout of its parameters is another
  set_weights(*other, weights_of(*network), "model");
  for (size_t i = 0; i < network->parameters().size(); ++i) {
    EXPECT_TRUE(other->parameters()[i].value.equal(network->parameters()[i].value));
  }
  for (const auto& [name, tensor] : weights_of(*other)) {
    EXPECT_EQ(tensor.floats(), weights_of(*network).at(name).floats()) << name;
  }
}

TEST(Weights, ThatAreMissingOrSuperfluousOrHaveAnotherShapeAreRefusedByName) {
  const auto network = make_network(small(), 1);
  Tensors weights = weights_of(*network);
  const Tensor bias = weights.at("prediction.bias");
  weights.erase("prediction.bias");
  EXPECT_THAT([&] { set_weights(*network, weights, "model"); },
              ThrowsMessage<InputError>(
                  "model: has no tensor \"prediction.bias\", which the network needs"));
  weights["prediction.bias"] = Tensor::of({3}, std::vector<float>{1, 2, 3});
  EXPECT_THAT([&] { set_weights(*network, weights, "model"); },
              ThrowsMessage<InputError>(
                  "model: tensor \"prediction.bias\" has the shape [3], the network's has [2]"));
  weights["prediction.bias"] = bias;
  weights["extra"] = bias;
  EXPECT_THAT(
      [&] { set_weights(*network, weights, "model"); },
      ThrowsMessage<InputError>("model: has a tensor \"extra\", which the network does not have"));
}

TEST(Weights, OfOtherTypesAreRefused) {
  EXPECT_THAT(
      [] {
        check_values({"I64", {1}, std::vector<std::byte>(8)}, "fc6.weight", "vgg");
      },
      ThrowsMessage<InputError>("vgg: tensor \"fc6.weight\" has the type I64, expected F32"));
}

TEST(Weights, ThatAreNotFiniteAreRefusedAndNothingIsSet) {
  const auto network = make_network(small(), 1);
  const Tensors before = weights_of(*network);
  for (const float wrong :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    Tensors weights = weights_of(*make_network(small(), 2));
    weights["prediction.bias"] = Tensor::of({2}, std::vector<float>{0, wrong});
    EXPECT_THAT([&] { set_weights(*network, weights, "model"); },
                ThrowsMessage<InputError>(fmt::format("model: tensor \"prediction.bias\" has the "
                                                      "value {} at 1, expected finite numbers",
                                                      wrong)));
  }
  for (const auto& [name, tensor] : weights_of(*network)) {
    EXPECT_EQ(tensor.bytes, before.at(name).bytes) << name;
  }
}

}  // namespace
}  // namespace unetflow
