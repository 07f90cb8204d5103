#include "sample/symmetry.hpp"

#include <gmock/gmock.h>

#include <numeric>
#include <set>

namespace unetflow {
namespace {

using testing::ElementsAre;

std::vector<int> applied(Symmetry symmetry, Index height, Index width) {
  Picture<std::uint8_t> from(height, width), to(height, width);
  std::iota(from.values.begin(), from.values.end(), 1);
  apply(symmetry, from.plane(), to.plane());
  return {to.values.begin(), to.values.end()};
}

TEST(Symmetry, FlipsLeftToRight) {
  EXPECT_THAT(applied({true, 0}, 2, 3), ElementsAre(3, 2, 1,  //
                                                    6, 5, 4));
}

TEST(Symmetry, TurnsClockwise) {
  EXPECT_THAT(applied({false, 1}, 2, 2), ElementsAre(3, 1,  //
                                                     4, 2));
  EXPECT_THAT(applied({false, 2}, 2, 3), ElementsAre(6, 5, 4,  //
                                                     3, 2, 1));
  EXPECT_THAT(applied({false, 3}, 2, 2), ElementsAre(2, 4,  //
                                                     1, 3));
}

TEST(Symmetry, FlipsBeforeItTurns) {
  // 1 2 / 3 4 flipped is 2 1 / 4 3; turned clockwise 4 2 / 3 1.
  EXPECT_THAT(applied({true, 1}, 2, 2), ElementsAre(4, 2,  //
                                                    3, 1));
}

TEST(Symmetry, HasEightWaysForASquare) {
  std::set<std::vector<int>> ways;
  for (const bool flip : {false, true}) {
    for (int turns = 0; turns < 4; ++turns) ways.insert(applied({flip, turns}, 15, 15));
  }
  EXPECT_EQ(ways.size(), 8u);
}

TEST(Symmetry, InverseUndoesIt) {
  Picture<float> picture(5, 7);
  std::iota(picture.values.begin(), picture.values.end(), 0.0f);
  for (const bool flip : {false, true}) {
    for (int turns = 0; turns < 4; ++turns) {
      const Symmetry symmetry{flip, turns};
      Picture<float> turned = turns % 2 == 0 ? Picture<float>(5, 7) : Picture<float>(7, 5);
      Picture<float> back(5, 7);
      apply(symmetry, picture.plane(), turned.plane());
      apply(inverse(symmetry), turned.plane(), back.plane());
      EXPECT_EQ(back.values, picture.values) << flip << turns;
    }
  }
}

TEST(Symmetry, FourQuarterTurnsOfALargePictureAreNone) {
  Picture<float> picture(83, 83), turned(83, 83);
  std::iota(picture.values.begin(), picture.values.end(), 0.0f);
  auto now = picture;
  for (int turn = 0; turn < 4; ++turn) {
    apply({false, 1}, now.plane(), turned.plane());
    std::swap(now, turned);
    EXPECT_EQ(now.values == picture.values, turn == 3);
  }
}

}  // namespace
}  // namespace unetflow
