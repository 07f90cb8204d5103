#include "network/geometry.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Layer by layer; 0 where a pooling would meet an odd size or nothing is left.
Index counted_output_size(Index input, int depth) {
  Index size = input;
  for (int level = 0; level < depth; ++level) {
    size -= 4;
    if (size <= 0 || size % 2 != 0) return 0;
    size /= 2;
  }
  size -= 4;
  for (int level = 0; level < depth && size > 0; ++level) size = 2 * size - 4;
  return size > 0 ? size : 0;
}

TEST(UNetGeometry, IsThatOfThePaper) {
  const NetworkGeometry geometry = unet_geometry(4);
  EXPECT_EQ(geometry.output_size(572), 388);
  EXPECT_EQ(geometry.margin, 92);
  EXPECT_EQ(geometry.pooling_stride, 16);
  EXPECT_EQ(geometry.padding_affected_border, 0);
}

TEST(UNetGeometry, AgreesWithTheLayersCountedOneByOne) {
  for (int depth = 1; depth <= 5; ++depth) {
    for (Index input = 1; input < 500; ++input) {
      ASSERT_EQ(unet_geometry(depth).output_size(input), counted_output_size(input, depth))
          << input << " at depth " << depth;
    }
  }
}

TEST(UNetGeometry, TheNearestOutputIsTheSmallestThatIsLargeEnough) {
  const NetworkGeometry geometry = unet_geometry(4);
  EXPECT_EQ(geometry.nearest_output_size(388), 388);
  EXPECT_EQ(geometry.nearest_output_size(373), 388);
  EXPECT_EQ(geometry.nearest_output_size(389), 404);
  EXPECT_EQ(geometry.nearest_output_size(1), 4);
}

TEST(UNetDepth, FollowsFromATilesMargin) {
  EXPECT_EQ(unet_depth(572, 388), 4);
  EXPECT_EQ(unet_depth(476, 388), 3);
  EXPECT_EQ(unet_depth(20, 4), 1);
  EXPECT_EQ(unet_depth(572, 390), 0);
}

TEST(CheckUNetSizes, AcceptsThoseOfThePaper) {
  EXPECT_NO_THROW(check_unet_sizes(4, 572, 388, "tile.json"));
}

TEST(CheckUNetSizes, NamesTheNearestOfThoseThatNoUNetTakes) {
  EXPECT_THAT([] { check_unet_sizes(4, 576, 388, "tile.json"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("tile.json at /input_size"),
                                              HasSubstr("cannot take an input of 576 px"),
                                              HasSubstr("572 (output 388) and 588 (output 404)"))));
  EXPECT_THAT([] { check_unet_sizes(4, 572, 512, "tile.json"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("tile.json at /output_size"),
                                              HasSubstr("an output of 388, not 512"),
                                              HasSubstr("684 (output 500) and 700 (output 516)"))));
  EXPECT_THAT([] { check_unet_sizes(4, 20, 4, "tile.json"); },
              ThrowsMessage<InputError>(HasSubstr("the nearest sizes are 188 (output 4)")));
}

}  // namespace
}  // namespace unetflow
