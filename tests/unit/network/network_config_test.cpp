#include "network/network_config.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

NetworkConfig unet(int depth) {
  NetworkConfig config;
  config.depth = depth;
  return config;
}

NetworkConfig fcn8s() {
  NetworkConfig config;
  config.architecture = "fcn8s";
  return config;
}

TEST(NetworkSizes, OfThePapersUNet) {
  EXPECT_EQ(network_output_size(unet(4), 572), 388);
  EXPECT_EQ(network_output_size(unet(4), 570), 0);
  EXPECT_EQ(network_margin(unet(4)), 92);
  EXPECT_EQ(pooling_stride(unet(4)), 16);
  EXPECT_EQ(network_edge(unet(4)), 0);
}

TEST(NetworkSizes, OfAUNetWithOnePoolingAreCountedByHand) {
  // 20 -> 18 -> 16, pooled 8 -> 6 -> 4, up 8 -> 6 -> 4.
  EXPECT_EQ(network_output_size(unet(1), 20), 4);
  EXPECT_EQ(network_margin(unet(1)), 8);
  EXPECT_EQ(pooling_stride(unet(1)), 2);
}

TEST(NetworkSizes, TheNearestOutputIsTheSmallestThatIsLargeEnough) {
  EXPECT_EQ(nearest_output_size(unet(4), 388), 388);
  EXPECT_EQ(nearest_output_size(unet(4), 373), 388);
  EXPECT_EQ(nearest_output_size(unet(4), 389), 404);
  EXPECT_EQ(nearest_output_size(fcn8s(), 389), 389);
}

TEST(NetworkSizes, Fcn8sTakesTheTilesOfAUNet) {
  EXPECT_EQ(network_output_size(fcn8s(), 572), 388);
  EXPECT_EQ(network_output_size(fcn8s(), 570), 386);
  EXPECT_EQ(network_output_size(fcn8s(), 184), 0);
  EXPECT_EQ(pooling_stride(fcn8s()), 32);
  EXPECT_NO_THROW(check_network_takes(fcn8s(), 1, 2, 572, 388, "train.json"));
}

TEST(NetworkSizes, Fcn8sSeesBeyondAUNetsMargin) {
  // 245 px: half the field of view of fc7, 404 px (Long et al. 2015, table 1), and what upsampling
  // adds. fcn8s_test.cpp finds the same in the network's outputs.
  EXPECT_EQ(network_edge(fcn8s()), 245 - 92);
}

TEST(CheckNetworkTakes, AcceptsTheTilesOfThePaper) {
  EXPECT_NO_THROW(check_network_takes(unet(4), 1, 2, 572, 388, "train.json"));
}

TEST(CheckNetworkTakes, NamesWhatDoesNotFit) {
  EXPECT_THAT(
      [] { check_network_takes(unet(4), 3, 2, 572, 388, "train.json"); },
      ThrowsMessage<InputError>("train.json at /network/channels: is 1, but the tiles have 3"));
  EXPECT_THAT(
      [] { check_network_takes(unet(4), 1, 5, 572, 388, "train.json"); },
      ThrowsMessage<InputError>("train.json at /network/classes: is 2, but the tiles have 5"));
  EXPECT_THAT([] { check_network_takes(unet(3), 1, 2, 572, 388, "train.json"); },
              ThrowsMessage<InputError>(HasSubstr("train.json and its tiles at /output_size")));
  EXPECT_THAT(
      [] { check_network_takes(fcn8s(), 1, 2, 572, 400, "train.json"); },
      ThrowsMessage<InputError>(
          "train.json at /network/depth: is 4, so the network turns an input of 572 into an "
          "output of 388, but the tiles have 400"));
}

}  // namespace
}  // namespace unetflow
