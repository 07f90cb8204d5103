#include "sample/tile_grid.hpp"

#include <gmock/gmock.h>

#include "image/mirror.hpp"

namespace unetflow {
namespace {

using testing::Pair;

std::vector<std::pair<Index, Index>> pairs(const std::vector<TilePosition>& positions) {
  std::vector<std::pair<Index, Index>> result;
  for (const auto& p : positions) result.emplace_back(p.y, p.x);
  return result;
}

TEST(TilePositions, OfTheDocumentAreFour) {
  EXPECT_THAT(pairs(tile_positions(512, 512, 388, 124)),
              testing::ElementsAre(Pair(0, 0), Pair(0, 124), Pair(124, 0), Pair(124, 124)));
}

TEST(TilePositions, MoveTheLastTileInToTheEdge) {
  EXPECT_THAT(pairs(tile_positions(10, 17, 10, 5)),
              testing::ElementsAre(Pair(0, 0), Pair(0, 5), Pair(0, 7)));
}

TEST(IsAnnotated, TellsTilesWithAnyLabelFromThoseThatAreIgnored) {
  Picture<std::uint8_t> label(6, 8);
  std::fill(label.values.begin(), label.values.end(), kIgnored);
  label.plane()(3, 4) = 0;
  EXPECT_TRUE(is_annotated(label.plane(), {0, 1}, 4));
  EXPECT_FALSE(is_annotated(label.plane(), {0, 0}, 4));
  EXPECT_FALSE(is_annotated(label.plane(), {0, 5}, 3));
  EXPECT_TRUE(is_annotated(label.plane(), {0, 0}, 100));  // as far as the image reaches
}

TEST(TilePositions, OfAPictureSmallerThanATileAreOne) {
  EXPECT_THAT(pairs(tile_positions(5, 7, 10, 5)), testing::ElementsAre(Pair(0, 0)));
}

TEST(CutTile, CentresTheInputOnTheLabelAndMirrorsWhatIsMissing) {
  // A picture of 2 x 3 that counts its pixels; tiles of input 6 and output 2.
  LabelledPicture picture{{1, 2, 3}, {2, 3}, {}};
  picture.input.values = {0, 1, 2, 3, 4, 5};
  picture.label.values = {0, 1, 2, 3, 4, 5};
  LabelledPicture tile{{1, 6, 6}, {2, 2}, {}};
  cut_tile(picture.view(), {0, 1}, tile.buffer());
  EXPECT_THAT(tile.label.values, testing::ElementsAre(1, 2, 4, 5));
  // Columns -1 ... 4 mirror to 0 0 1 2 2 1, rows -2 ... 3 to 1 0 0 1 1 0.
  EXPECT_THAT(tile.input.values, testing::ElementsAre(3, 3, 4, 5, 5, 4,  //
                                                      0, 0, 1, 2, 2, 1,  //
                                                      0, 0, 1, 2, 2, 1,  //
                                                      3, 3, 4, 5, 5, 4,  //
                                                      3, 3, 4, 5, 5, 4,  //
                                                      0, 0, 1, 2, 2, 1));
}

}  // namespace
}  // namespace unetflow
