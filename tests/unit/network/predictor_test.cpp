#include "network/predictor.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "network/network.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

NetworkConfig small() {
  NetworkConfig config;
  config.depth = 2;
  config.width = 4;
  return config;
}

Picture<float> noise(Index channels, Index height, Index width) {
  Picture<float> picture(channels, height, width);
  for (size_t i = 0; i < picture.values.size(); ++i) {
    picture.values[i] = static_cast<float>(random_uniform(1, i));
  }
  return picture;
}

TEST(AlignedTileStarts, AreMultiplesOfTheStrideAndCoverTheLine) {
  EXPECT_THAT(aligned_tile_starts(512, 516, 16), ElementsAre(0));
  EXPECT_THAT(aligned_tile_starts(512, 388, 16), ElementsAre(0, 128));
  EXPECT_THAT(aligned_tile_starts(1000, 388, 16), ElementsAre(0, 384, 624));
  EXPECT_THAT(aligned_tile_starts(21, 12, 4), ElementsAre(0, 12));
}

TEST(Orientations, AreUndone) {
  const auto picture = noise(2, 3, 5);
  for (int orientation = 0; orientation < 8; ++orientation) {
    const auto laid = laid_down(picture.stack(), orientation);
    EXPECT_EQ(laid.height, orientation % 2 == 0 ? 3 : 5);
    EXPECT_EQ(laid_back(laid.stack(), orientation).values, picture.values) << orientation;
  }
}

TEST(Orientations, AreEightDifferentOnes) {
  const auto picture = noise(1, 3, 3);
  std::set<std::vector<float>> all;
  for (int orientation = 0; orientation < 8; ++orientation) {
    all.insert(laid_down(picture.stack(), orientation).values);
  }
  EXPECT_EQ(all.size(), 8U);
}

TEST(Predictor, TilingNeverShows) {
  const auto picture = noise(1, 70, 53);
  const auto network = make_network(small(), 1);
  PredictConfig config;
  const auto whole = predict_picture(*network, small(), config, picture.stack(), "p");
  ASSERT_EQ(whole.channels, 2);
  for (const Index tile : {1, 12, 20, 37, 69}) {
    for (const int batch : {1, 3}) {
      config.tile_size = tile;
      config.batch = batch;
      const auto tiled = predict_picture(*network, small(), config, picture.stack(), "p");
      for (size_t i = 0; i < whole.values.size(); ++i) {
        ASSERT_NEAR(tiled.values[i], whole.values[i], 1e-6) << "tile size " << tile << " at " << i;
      }
    }
  }
}

TEST(Predictor, MeanOverOrientationsTurnsWithThePicture) {
  const auto picture = noise(1, 24, 40);
  const auto network = make_network(small(), 1);
  PredictConfig config;
  config.orientations = 8;
  const auto straight = predict_picture(*network, small(), config, picture.stack(), "p");
  const auto laid = laid_down(picture.stack(), 5);
  const auto turned = predict_picture(*network, small(), config, laid.stack(), "p");
  const auto expected = laid_down(straight.stack(), 5);
  for (size_t i = 0; i < expected.values.size(); ++i) {
    ASSERT_NEAR(turned.values[i], expected.values[i], 1e-6) << i;
  }
}

TEST(Predictor, RefusesPicturesWithOtherChannels) {
  const auto network = make_network(small(), 1);
  EXPECT_THAT(
      [&] {
        predict_picture(*network, small(), {}, noise(3, 8, 8).stack(), "images.json picture 7");
      },
      ThrowsMessage<InputError>(HasSubstr("images.json picture 7: has 3 channels")));
}

}  // namespace
}  // namespace unetflow
