#include "network/predictor.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "every_device.hpp"
#include "image/mirror.hpp"
#include "image/rescale.hpp"
#include "network/architecture.hpp"
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
  EXPECT_THAT(aligned_tile_starts(1000, 388, 16, 97), ElementsAre(0, 288, 576, 624));
  EXPECT_THAT(aligned_tile_starts(40, 20, 16, 5), ElementsAre(0, 16, 32));
  EXPECT_THAT(aligned_tile_starts(10, 4, 16, 1), ElementsAre(0, 3, 6));  // none such
}

TEST(Orientations, AreUndone) {
  const auto picture = noise(2, 3, 5);
  for (int orientation = 0; orientation < 8; ++orientation) {
    const auto other = turned(picture.stack(), orientation);
    EXPECT_EQ(other.height, orientation % 2 == 0 ? 3 : 5);
    EXPECT_EQ(turned_back(other.stack(), orientation).values, picture.values) << orientation;
  }
}

TEST(Orientations, AreEightDifferentOnes) {
  const auto picture = noise(1, 3, 3);
  std::set<std::vector<float>> all;
  for (int orientation = 0; orientation < 8; ++orientation) {
    all.insert(turned(picture.stack(), orientation).values);
  }
  EXPECT_EQ(all.size(), 8U);
}

class PredictorOn : public EveryDevice {
 protected:
  /// A GPU's convolutions have the 10 bits of TF32.
  static double tolerance(double on_cpu = 1e-6) { return device().is_cpu() ? on_cpu : 2e-3; }
};
INSTANTIATE_ON_EVERY_DEVICE(PredictorOn);

TEST_P(PredictorOn, TilingNeverShows) {
  const auto picture = noise(1, 70, 53);
  const auto network = make_network(small(), 1);
  network->to({.device = device()});
  PredictConfig config;
  const auto whole = Predictor(config, *network, config.tile_size).predict(picture.stack(), "p");
  ASSERT_EQ(whole.channels, 2);
  for (const Index tile : {1, 12, 20, 37, 69}) {
    for (const int batch : {1, 3}) {
      config.tile_size = tile;
      config.batch = batch;
      const auto tiled =
          Predictor(config, *network, config.tile_size).predict(picture.stack(), "p");
      for (size_t i = 0; i < whole.values.size(); ++i) {
        ASSERT_NEAR(tiled.values[i], whole.values[i], tolerance())
            << "tile size " << tile << " at " << i;
      }
    }
  }
}

// With means over a tile, the prediction of one differs from its neighbour's: where they overlap,
// the one passes into the other.
TEST_P(PredictorOn, OnAnotherScaleIsThatOfTheRescaledImageBroughtBack) {
  const auto picture = noise(1, 40, 31);
  const auto network = make_network(small(), 1);
  network->to({.device = device()});
  const Predictor predictor({}, *network, 20);
  const auto rescaled_first = predictor.predict(rescaled(picture.stack(), 20, 47).stack(), "p");
  EXPECT_EQ(predictor.predict(picture.stack(), "p", {0.5, 1.5}).values,
            rescaled(rescaled_first.stack(), 40, 31).values);
  // Less than half a pixel more is nothing more.
  EXPECT_EQ(predictor.predict(picture.stack(), "p", {1.01, 0.99}).values,
            predictor.predict(picture.stack(), "p").values);
  EXPECT_EQ(predictor.predict(picture.stack(), "p", {0.001, 0.001}).height, 40);
}

TEST_P(PredictorOn, NormalisedTilesAreBlended) {
  NetworkConfig normalised = small();
  normalised.normalisation = "group";
  const auto network = make_network(normalised, 1);
  network->to({.device = device()});
  PredictConfig config;
  config.tile_size = 1;  // of no account: tiles are those of training
  const Index size = geometry_of(normalised).nearest_output_size(20),
              margin = geometry_of(normalised).margin;
  auto picture = noise(1, size, size + 12);
  for (Index x = size; x < picture.width; ++x) picture.plane()(0, x) += 3;  // other means there

  // foreground[t](y, x): of the tile at column 12 t alone.
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> foreground;
  for (const Index left : {Index{0}, Index{12}}) {
    at::Tensor tile = at::empty({1, 1, size + 2 * margin, size + 2 * margin});
    extrapolate_by_mirroring(
        std::as_const(picture).plane(), -margin, left - margin,
        Plane<float>(tile.data_ptr<float>(), size + 2 * margin, size + 2 * margin));
    foreground.push_back(at::softmax(network->forward(tile.to(device()), {}), 1)[0][1]);
  }
  const auto predicted = Predictor(config, *network, size).predict(picture.stack(), "p");
  for (Index x = 0; x < picture.width; ++x) {
    double sum = 0, weight_sum = 0;
    for (const Index left : {Index{0}, Index{12}}) {
      if (x < left || x >= left + size) continue;
      const double weight = static_cast<double>(std::min(x - left + 1, left + size - x));
      sum += weight * foreground[left / 12][size / 2][x - left].item<double>();
      weight_sum += weight;
    }
    ASSERT_NEAR(predicted.plane(1)(size / 2, x), sum / weight_sum, tolerance(1e-5)) << x;
  }
  // There was something to blend.
  EXPECT_GT((foreground[0].narrow(1, 12, size - 12) - foreground[1].narrow(1, 0, size - 12))
                .abs()
                .max()
                .item<double>(),
            1e-3);
}

TEST_P(PredictorOn, MeanOverOrientationsTurnsWithThePicture) {
  const auto picture = noise(1, 24, 40);
  const auto network = make_network(small(), 1);
  network->to({.device = device()});
  PredictConfig config;
  config.test_time_augmentation = true;
  const auto straight = Predictor(config, *network, config.tile_size).predict(picture.stack(), "p");
  const auto other = turned(picture.stack(), 5);
  const auto predicted = Predictor(config, *network, config.tile_size).predict(other.stack(), "p");
  const auto expected = turned(straight.stack(), 5);
  for (size_t i = 0; i < expected.values.size(); ++i) {
    ASSERT_NEAR(predicted.values[i], expected.values[i], tolerance()) << i;
  }
}

// A run that resumes, and processes that share an image, predict any of its rows of tiles.
TEST_P(PredictorOn, RowsOfTilesHaveTheValuesOfTheWholeImage) {
  const auto picture = noise(1, 75, 53);
  for (const char* normalisation : {"none", "group"}) {
    NetworkConfig network_config = small();
    network_config.normalisation = normalisation;
    const auto network = make_network(network_config, 1);
    network->to({.device = device()});
    PredictConfig config;
    config.tile_size = 20;
    for (const int batch : {1, 3, 100}) {
      config.batch = batch;
      const Predictor predictor(config, *network, 28);
      const auto whole = predictor.predict(picture.stack(), "p");
      const auto parts = rows_of_tiles(config, network_config, 28, picture.height, picture.width);
      ASSERT_GE(parts.size(), 3U);
      EXPECT_EQ(parts.front().first, 0);
      EXPECT_EQ(parts.back().end, picture.height);
      for (size_t a = 0; a < parts.size(); ++a) {
        for (const size_t b : {a, std::min(a + 1, parts.size() - 1)}) {
          size_t part = a;
          TileRows given = predictor.rows(picture.stack(), "p", {parts[a].first, parts[b].end});
          while (const auto rows = given.next()) {
            ASSERT_EQ(rows->height, parts[part].count());
            for (Index c = 0; c < 2; ++c) {
              const float* const expected = whole.plane(c).row(parts[part].first);
              const float* const own = rows->plane(c).row(0);
              EXPECT_TRUE(std::equal(own, own + rows->height * rows->width, expected))
                  << normalisation << " batch " << batch << " part " << part;
            }
            ++part;
          }
          EXPECT_EQ(part, b + 1);
        }
      }
    }
  }
}

TEST(Predictor, RefusesImagesWithOtherChannels) {
  const auto network = make_network(small(), 1);
  EXPECT_THAT(
      [&] { Predictor({}, *network, 4).predict(noise(3, 8, 8).stack(), "images.json image 7"); },
      ThrowsMessage<InputError>(HasSubstr("images.json image 7: has 3 channels")));
}

}  // namespace
}  // namespace unetflow
