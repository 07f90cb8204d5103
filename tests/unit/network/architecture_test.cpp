#include "network/architecture.hpp"

#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include "core/config.hpp"
#include "core/error.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

NetworkConfig config_of(const std::string& architecture, int depth) {
  NetworkConfig config;
  config.architecture = architecture;
  config.depth = depth;
  config.width = 2;
  return config;
}

class EveryArchitecture : public testing::TestWithParam<const Architecture*> {};

TEST_P(EveryArchitecture, MakesOutputsOfTheSizeThatItsGeometrySays) {
  const at::NoGradGuard no_gradients;
  for (const int depth : {1, 2}) {
    NetworkConfig config = config_of(GetParam()->name, depth);
    config.channels = 3;
    config.classes = 4;
    const auto network = make_network(config, 1);
    const NetworkGeometry geometry = geometry_of(config);
    for (const Index wished : {1, 11}) {
      const Index output = geometry.nearest_output_size(wished);
      const Index input = output + 2 * geometry.margin;
      EXPECT_EQ(geometry.output_size(input), output);
      EXPECT_EQ(network->forward(at::rand({2, 3, input, input}), {}).sizes(),
                (std::vector<std::int64_t>{2, 4, output, output}));
    }
  }
}

TEST_P(EveryArchitecture, HasAFirstLayerOfFiltersForTheImagesChannels) {
  const auto weights = weights_of(*make_network(config_of(GetParam()->name, 1), 1));
  ASSERT_TRUE(weights.contains(GetParam()->first_layer));
  const auto& shape = weights.at(GetParam()->first_layer).shape;
  ASSERT_EQ(shape.size(), 4U);
  EXPECT_EQ(shape[1], 1);
}

TEST_P(EveryArchitecture, StartsFromTheWeightsOfAnotherOfItsKind) {
  const auto given = make_network(config_of(GetParam()->name, 1), 1);
  const auto other = make_network(config_of(GetParam()->name, 1), 2);
  GetParam()->start(*other, weights_of(*given), "model.safetensors");
  for (size_t i = 0; i < given->parameters().size(); ++i) {
    EXPECT_TRUE(other->parameters()[i].value.equal(given->parameters()[i].value));
  }
}

TEST_P(EveryArchitecture, TakesTheTilesOfAUNet) {
  const NetworkConfig config =
      network_for_tiles(config_of(GetParam()->name, 0), 3, 5, 572, 388, "train.json");
  EXPECT_EQ(config.depth, 4);
  EXPECT_EQ(config.channels, 3);
  EXPECT_EQ(config.classes, 5);
  EXPECT_EQ(config.width, 2);
}

INSTANTIATE_TEST_SUITE_P(, EveryArchitecture, testing::ValuesIn(architectures()),
                         [](const auto& instance) { return instance.param->name; });

TEST(Architectures, AreThoseThatTheSchemaNames) {
  Json names = Json::array();
  for (const auto* architecture : architectures()) names.push_back(architecture->name);
  const Json::json_pointer key("/properties/network/properties/architecture/enum");
  EXPECT_EQ(schema("train").at(key), names);
}

TEST(Architectures, WithOtherNamesAreRefused) {
  EXPECT_THAT([] { make_network(config_of("vnet", 1), 1); },
              ThrowsMessage<Error>(
                  "no network is called \"vnet\", expected one of unet, residual_unet, fcn8s"));
}

TEST(Fcn8sGeometry, SeesBeyondAUNetsMargin) {
  // 245 px: half the field of view of fc7, 404 px (Long et al. 2015, table 1), and what upsampling
  // adds. fcn8s_test.cpp finds the same in the network's outputs.
  const NetworkGeometry geometry = geometry_of(config_of("fcn8s", 4));
  EXPECT_EQ(geometry.padding_affected_border, 245 - 92);
  EXPECT_EQ(geometry.pooling_stride, 32);
  EXPECT_EQ(geometry.output_size(570), 386);
  EXPECT_EQ(geometry.output_size(184), 0);
}

TEST(NetworkForTiles, NamesWhatDoesNotFit) {
  EXPECT_THAT(
      [] { network_for_tiles({}, 1, 2, 572, 400, "train.json"); },
      ThrowsMessage<InputError>(HasSubstr("train.json and its tiles: there is no U-Net that turns "
                                          "an input of 572 into an output of 400")));
  EXPECT_THAT([] { network_for_tiles({}, 1, 2, 570, 386, "train.json"); },
              ThrowsMessage<InputError>(HasSubstr("train.json and its tiles at /input_size")));
  NetworkOptions normalised = config_of("fcn8s", 4);
  normalised.normalisation = "group";
  EXPECT_THAT([&] { network_for_tiles(normalised, 1, 2, 572, 388, "train.json"); },
              ThrowsMessage<InputError>(
                  "train.json at /network/normalisation: is \"group\", but FCN-8s has none"));
}

}  // namespace
}  // namespace unetflow
