#include "segmentation/above_threshold.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::ElementsAre;

TEST(AboveThreshold, ComparesInDouble) {
  // 0.2f is 0.20000000298..., which is above 0.2; 0.5 is exact and not above itself.
  const float values[] = {0.2f, 0.5f, 0.1f};
  std::uint8_t mask[3];
  above_threshold({values, 1, 3}, 0.2, {mask, 1, 3});
  EXPECT_THAT(mask, ElementsAre(1, 1, 0));
  above_threshold({values, 1, 3}, 0.5, {mask, 1, 3});
  EXPECT_THAT(mask, ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace unetflow
