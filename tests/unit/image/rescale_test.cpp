#include "image/rescale.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace unetflow {
namespace {

using testing::Each;
using testing::ElementsAre;

/// Waves of 20 px of a grid of 60 x 80, sampled on a grid of any size over the same extent.
Picture<float> waves(Index height, Index width) {
  Picture<float> image(2, height, width);
  const auto wave = [](Index i, Index size, double periods) {
    return std::sin(2 * std::numbers::pi * periods * (static_cast<double>(i) + 0.5) /
                    static_cast<double>(size));
  };
  for (Index y = 0; y < height; ++y) {
    for (Index x = 0; x < width; ++x) {
      image.plane(0)(y, x) = static_cast<float>(wave(y, height, 3) * wave(x, width, 4));
      image.plane(1)(y, x) = 1 - image.plane(0)(y, x);
    }
  }
  return image;
}

/// The largest difference away from the edges.
double difference(const Picture<float>& a, const Picture<float>& b) {
  double largest = 0;
  for (Index c = 0; c < a.channels; ++c) {
    for (Index y = 4; y < a.height - 4; ++y) {
      for (Index x = 4; x < a.width - 4; ++x) {
        largest = std::max<double>(largest, std::abs(a.plane(c)(y, x) - b.plane(c)(y, x)));
      }
    }
  }
  return largest;
}

TEST(Rescaled, ToItsOwnSizeIsTheImage) {
  const auto image = waves(60, 80);
  EXPECT_EQ(rescaled(image.stack(), 60, 80).values, image.values);
}

TEST(Rescaled, InterpolatesBetweenTheCentresOfPixels) {
  Picture<float> image(1, 2);
  image.values = {0, 4};
  EXPECT_THAT(rescaled(image.stack(), 1, 4).values, ElementsAre(0, 1, 3, 4));
}

TEST(Rescaled, ToHalfTheSizeWeightsNeighboursByATriangle) {
  // Around the middle of pixels 2 and 3 at distances 0.5, 0.5, 1.5, 1.5: weights 3, 3, 1, 1.
  Picture<float> image(1, 6);
  image.values = {9, 1, 2, 4, 8, 9};
  EXPECT_FLOAT_EQ(rescaled(image.stack(), 1, 3).values[1], (1 * 1 + 3 * 2 + 3 * 4 + 1 * 8) / 8.f);
}

TEST(Rescaled, KeepsWavesThatBothGridsResolve) {
  const auto image = waves(60, 80);
  EXPECT_LT(difference(rescaled(image.stack(), 113, 171), waves(113, 171)), 0.03);
  EXPECT_LT(difference(rescaled(image.stack(), 41, 57), waves(41, 57)), 0.07);
  EXPECT_LT(difference(rescaled(rescaled(image.stack(), 97, 131).stack(), 60, 80), image), 0.05);
}

TEST(Rescaled, KeepsAConstantAndSumsOverChannels) {
  Picture<float> constant(33, 21);
  std::fill(constant.values.begin(), constant.values.end(), 0.7f);
  EXPECT_THAT(rescaled(constant.stack(), 90, 5).values, Each(0.7f));
  const auto two = rescaled(waves(60, 80).stack(), 23, 99);
  for (Index i = 0; i < 23 * 99; ++i) {
    EXPECT_NEAR(two.plane(0).data[i] + two.plane(1).data[i], 1, 1e-6);
  }
}

TEST(RescaledLabels, AreThoseAtTheCentresOfPixels) {
  const std::vector<std::uint8_t> row = {1, 2, 3, 4, 5, 6};
  const Plane<const std::uint8_t> label(row.data(), 1, 6);
  EXPECT_THAT(rescaled_labels(label, 1, 2).values, testing::ElementsAre(2, 5));
  EXPECT_THAT(rescaled_labels(label, 1, 3).values, testing::ElementsAre(2, 4, 6));
  EXPECT_THAT(rescaled_labels(label, 2, 4).values, testing::ElementsAre(1, 3, 4, 6, 1, 3, 4, 6));
  EXPECT_TRUE(rescaled_labels(Plane<const std::uint8_t>(), 2, 2).values.empty());
}

TEST(RescaledSize, IsRoundedAndAtLeastOne) {
  EXPECT_EQ(rescaled_size(512, 0.5), 256);
  EXPECT_EQ(rescaled_size(5, 0.5), 3);
  EXPECT_EQ(rescaled_size(3, 0.1), 1);
}

TEST(Rescaled, TakesImagesOfOnePixel) {
  Picture<float> image(1, 1);
  image.values = {3};
  EXPECT_THAT(rescaled(image.stack(), 2, 3).values, Each(3));
  EXPECT_THAT(rescaled(waves(60, 80).stack(), 1, 1).values, testing::SizeIs(2));
}

}  // namespace
}  // namespace unetflow
