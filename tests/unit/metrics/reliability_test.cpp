#include "metrics/reliability.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(Reliability, IsTheMeanDistanceOfWhatIsSaidFromWhatIs) {
  Picture<std::uint8_t> label(1, 6);
  Picture<float> foreground(1, 6);
  label.values = {1, 1, 0, 0, 0, kIgnored};
  foreground.values = {0.75f, 0.75f, 0.75f, 0.75f, 0.0f, 1.0f};
  Reliability reliability;
  reliability.add(label.plane(), foreground.plane());
  EXPECT_EQ(reliability.pixels(), 5);
  EXPECT_EQ(reliability.bin(7).pixels, 4);
  EXPECT_EQ(reliability.bin(7).said, 0.75);
  EXPECT_EQ(reliability.bin(7).is, 0.5);
  EXPECT_EQ(reliability.bin(9).pixels, 0);
  EXPECT_DOUBLE_EQ(reliability.error(), 4 * 0.25 / 5);
}

TEST(Reliability, ProbabilityOneIsInTheLastBin) {
  Picture<std::uint8_t> label(1, 1);
  Picture<float> foreground(1, 1);
  label.values = {1};
  foreground.values = {1.0f};
  Reliability reliability;
  reliability.add(label.plane(), foreground.plane());
  EXPECT_EQ(reliability.bin(9).pixels, 1);
  EXPECT_EQ(reliability.error(), 0);
  EXPECT_EQ(Reliability().error(), 0);
}

}  // namespace
}  // namespace unetflow
