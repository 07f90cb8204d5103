#include <gmock/gmock.h>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(RandError, IsOfTheSegmentationBeforeThinning) {
  // Two of four pixels are found in each cell: tp = 2 * 4 + 4 single pixels, fp = 0, fn = 32 - 12.
  const double recall = 12.0 / 32;
  EXPECT_DOUBLE_EQ(value_at("rand_error", picture_of({"##.##", "##.##"}, {"#...#", "#...#"})),
                   1 - 2 * recall / (1 + recall));
}

}  // namespace
}  // namespace unetflow
