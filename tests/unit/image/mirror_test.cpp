#include "image/mirror.hpp"

#include <gmock/gmock.h>

#include <numeric>

namespace unetflow {
namespace {

using testing::ElementsAre;

template <class T = float>
Picture<T> counted(Index height, Index width) {
  Picture<T> picture(height, width);
  std::iota(picture.values.begin(), picture.values.end(), T{1});
  return picture;
}

TEST(MirrorIndex, TheEdgePixelIsRepeatedOnBothSides) {
  std::vector<Index> line;
  for (Index i = -4; i < 8; ++i) line.push_back(mirror_index(i, 4));
  EXPECT_THAT(line, ElementsAre(3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0));
}

TEST(MirrorIndex, LinesShorterThanTheMarginMirrorAgainAndAgain) {
  std::vector<Index> line;
  for (Index i = -5; i < 5; ++i) line.push_back(mirror_index(i, 2));
  EXPECT_THAT(line, ElementsAre(0, 0, 1, 1, 0, 0, 1, 1, 0, 0));
  EXPECT_EQ(mirror_index(-1000, 1), 0);
  EXPECT_EQ(mirror_index(1000, 1), 0);
}

/// The slow way: walk from pixel to pixel and turn round at each edge, standing still once.
Index walked(Index i, Index size) {
  Index at = 0;
  Index step = i < 0 ? -1 : 1;
  for (Index n = 0; n != i; n += i < 0 ? -1 : 1) {
    if (at + step < 0 || at + step >= size) {
      step = -step;
    } else {
      at += step;
    }
  }
  return at;
}

TEST(MirrorIndex, AgreesWithAWalkThatTurnsAtTheEdges) {
  for (Index size = 1; size <= 7; ++size) {
    for (Index i = -40; i <= 40; ++i) ASSERT_EQ(mirror_index(i, size), walked(i, size)) << i;
  }
}

TEST(Extrapolation, ASmallPictureGetsItsMirrorImageAround) {
  const auto picture = counted(2, 3);
  Picture<float> out(4, 7);
  extrapolate_by_mirroring(picture.plane(), -1, -2, out.plane());
  EXPECT_THAT(out.values, ElementsAre(2, 1, 1, 2, 3, 3, 2,  //
                                      2, 1, 1, 2, 3, 3, 2,  //
                                      5, 4, 4, 5, 6, 6, 5,  //
                                      5, 4, 4, 5, 6, 6, 5));
}

template <class T>
class ExtrapolationOf : public testing::Test {};
using PixelTypes = testing::Types<float, std::uint8_t, std::uint32_t>;
TYPED_TEST_SUITE(ExtrapolationOf, PixelTypes);

TYPED_TEST(ExtrapolationOf, AnyWindowAgreesWithOnePixelAtATime) {
  const auto picture = counted<TypeParam>(5, 4);
  const std::vector<std::array<Index, 4>> windows = {
      {0, 0, 5, 4},   {1, 2, 3, 2},    {-9, -11, 30, 31}, {2, 1, 9, 9},
      {-7, 20, 3, 5}, {13, -20, 2, 6}, {4, 3, 1, 1}};
  for (const auto& [top, left, height, width] : windows) {
    Picture<TypeParam> out(height, width);
    extrapolate_by_mirroring(picture.plane(), top, left, out.plane());
    for (Index y = 0; y < height; ++y) {
      for (Index x = 0; x < width; ++x) {
        ASSERT_EQ(out.plane()(y, x), picture.plane()(walked(y + top, 5), walked(x + left, 4)))
            << "window at " << top << ", " << left << ", pixel " << y << ", " << x;
      }
    }
  }
}

TEST(Extrapolation, ReadsFromAndWritesIntoPartsOfLargerPictures) {
  const auto large = counted(6, 6);
  const auto part = large.plane().part(1, 1, 2, 3);  // 8 9 10 / 14 15 16
  Picture<float> out(6, 6);
  extrapolate_by_mirroring(part, -1, -1, out.plane().part(1, 1, 3, 4));
  EXPECT_THAT(out.values, ElementsAre(0, 0, 0, 0, 0, 0,      //
                                      0, 8, 8, 9, 10, 0,     //
                                      0, 8, 8, 9, 10, 0,     //
                                      0, 14, 14, 15, 16, 0,  //
                                      0, 0, 0, 0, 0, 0,      //
                                      0, 0, 0, 0, 0, 0));
}

// The reference document pads 512 x 512 by 92 on each side: flipped copies of the outer 92 columns
// left and right, then, of that wider picture, flipped copies of the outer 92 rows.
TEST(Extrapolation, GivesTheDocuments696By696PictureExactly) {
  const Index size = 512, margin = 92;
  const auto picture = counted(size, size);
  const auto in = picture.plane();
  Picture<float> wide(size, size + 2 * margin);
  for (Index y = 0; y < size; ++y) {
    for (Index x = 0; x < margin; ++x) {
      wide.plane()(y, x) = in(y, margin - 1 - x);
      wide.plane()(y, margin + size + x) = in(y, size - 1 - x);
    }
    for (Index x = 0; x < size; ++x) wide.plane()(y, margin + x) = in(y, x);
  }
  Picture<float> expected(size + 2 * margin, size + 2 * margin);
  for (Index x = 0; x < size + 2 * margin; ++x) {
    for (Index y = 0; y < margin; ++y) {
      expected.plane()(y, x) = wide.plane()(margin - 1 - y, x);
      expected.plane()(margin + size + y, x) = wide.plane()(size - 1 - y, x);
    }
    for (Index y = 0; y < size; ++y) expected.plane()(margin + y, x) = wide.plane()(y, x);
  }

  Picture<float> out(696, 696);
  extrapolate_by_mirroring(in, -margin, -margin, out.plane());
  EXPECT_TRUE(out.values == expected.values);
}

}  // namespace
}  // namespace unetflow
