#include "metrics/contradictions.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace unetflow {
namespace {

/// An image [8, 8] of background, of which the network is sure.
struct Image {
  Picture<std::uint8_t> label{8, 8};
  Picture<float> foreground{8, 8};

  Image() { std::fill(foreground.values.begin(), foreground.values.end(), 0.05f); }
  /// The network is sure that these pixels are foreground.
  void find(Index y, Index x, Index height, Index width) {
    for (Index i = y; i < y + height; ++i) {
      for (Index k = x; k < x + width; ++k) foreground.plane()(i, k) = 0.95f;
    }
  }
  std::vector<Contradiction> found() const {
    return contradictions(label.plane(), foreground.plane(), 0.9);
  }
};

TEST(Contradictions, AFoundCellThatNobodyDrewIsOne) {
  Image image;
  image.find(1, 2, 3, 4);
  const auto found = image.found();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].annotated);
  EXPECT_EQ(found[0].area, 12);
  EXPECT_EQ(found[0].box, (Box{1, 2, 3, 4}));
  EXPECT_NEAR(found[0].probability, 0.95, 1e-6);
  EXPECT_NEAR(found[0].loss, -12 * std::log(0.05), 1e-4);
}

TEST(Contradictions, ThinLinesAreLeftOut) {
  Image image;
  image.find(0, 0, 8, 2);
  EXPECT_TRUE(image.found().empty());
}

TEST(Contradictions, TheLargestLossIsFirst) {
  Image image;
  image.find(0, 0, 3, 3);
  image.find(4, 0, 4, 4);
  const auto found = image.found();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].box.y, 4);
}

TEST(Contradictions, AnnotatedCellsOfWhichTheNetworkSeesNothingCountAndIgnoredPixelsDoNot) {
  Image image;
  for (Index y = 0; y < 4; ++y) {
    for (Index x = 0; x < 8; ++x) image.label.plane()(y, x) = x < 4 ? 1 : kIgnored;
  }
  image.find(0, 4, 4, 4);
  const auto found = image.found();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].annotated);
  EXPECT_EQ(found[0].area, 16);
}

}  // namespace
}  // namespace unetflow
