#include "segmentation/distance.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "pictures.hpp"

namespace unetflow {
namespace {

TEST(Distance, CountsStepsAlongRowsAndColumns) {
  const auto mask = above(random_probability(19, 23, 5), 0.45);
  const auto distance = distance_to_zero(mask.plane());
  for (Index y = 0; y < mask.height; ++y) {
    for (Index x = 0; x < mask.width; ++x) {
      Index nearest = mask.height + mask.width;
      for (Index v = 0; v < mask.height; ++v) {
        for (Index u = 0; u < mask.width; ++u) {
          if (mask.plane()(v, u) == 0)
            nearest = std::min(nearest, std::abs(v - y) + std::abs(u - x));
        }
      }
      EXPECT_EQ(distance.plane()(y, x), nearest) << y << " " << x;
    }
  }
}

TEST(Distance, IsBeyondAllOthersWithoutAZero) {
  EXPECT_THAT(distance_to_zero(mask_of({"##"}).plane()).values, testing::Each(3));
}

}  // namespace
}  // namespace unetflow
