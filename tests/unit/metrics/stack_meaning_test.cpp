#include "metrics/stack_meaning.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "core/error.hpp"
#include "pictures.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

template <class T>
StackContents contents(const std::vector<std::vector<T>>& rows) {
  Picture<T> picture(static_cast<Index>(rows.size()), static_cast<Index>(rows.front().size()));
  size_t i = 0;
  for (const auto& row : rows) {
    for (const T value : row) picture.values[i++] = value;
  }
  StackContents contents;
  contents.add({picture}, "page");
  return contents;
}

TEST(StackMeaning, TwoValuesAreAMaskWhateverTheType) {
  EXPECT_EQ(contents<std::uint8_t>({{0, 1, 1, 0, 1}}).of_predictions(Meaning::kMask, 2, "p"),
            Meaning::kMask);
  EXPECT_EQ(contents<std::uint8_t>({{0, 255, 0}}).of_predictions(Meaning::kMask, 2, "p"),
            Meaning::kMask);
  EXPECT_EQ(contents<std::uint16_t>({{0, 65535}}).of_predictions(Meaning::kMask, 2, "p"),
            Meaning::kMask);
  EXPECT_EQ(contents<std::uint32_t>({{0, 7, 0, 7}}).of_predictions(Meaning::kMask, 2, "p"),
            Meaning::kMask);
  EXPECT_EQ(contents<float>({{0, 1, 0, 1}}).of_predictions(Meaning::kMask, 2, "p"), Meaning::kMask);
  EXPECT_EQ(contents<std::uint8_t>({{0, 0}}).of_labels("l"), Meaning::kMask);
}

TEST(StackMeaning, ValuesInOnePieceAreIdsWhateverTheType) {
  EXPECT_EQ(contents<std::uint8_t>({{1, 1, 2, 2, 0, 9}}).of_predictions(Meaning::kIds, 2, "p"),
            Meaning::kIds);
  EXPECT_EQ(contents<std::uint16_t>({{1, 1, 2}, {3, 1, 2}}).of_labels("l"), Meaning::kIds);
  EXPECT_EQ(contents<float>({{1, 2, 300}}).of_predictions(Meaning::kMask, 2, "p"), Meaning::kIds);
  // Two cells that fill the image: no 0, so not a mask.
  EXPECT_EQ(contents<std::uint16_t>({{1, 1, 2, 2}}).of_labels("l"), Meaning::kIds);
}

TEST(StackMeaning, AnIdOfMostPixelsBesideOthersIsDoubted) {
  const auto doubt = contents<std::uint16_t>({{1, 1, 1, 1, 1, 1}, {1, 2, 3, 4, 5, 6}}).doubt();
  EXPECT_EQ(doubt,
            "page: has a cell of more than half the image; is it the background? Expected 0 "
            "there");
  EXPECT_FALSE(contents<std::uint16_t>({{0, 0, 0, 0, 0, 0}, {0, 2, 3, 4, 5, 6}}).doubt());
  EXPECT_FALSE(contents<std::uint16_t>({{1, 1, 1, 2}}).doubt());
}

TEST(StackMeaning, APictureInColoursIsNoIds) {
  Picture<std::uint32_t> colours(8, 8);
  for (size_t i = 0; i < colours.values.size(); ++i) {
    colours.values[i] = static_cast<std::uint32_t>(1000 * i + 70000);
  }
  StackContents picture;
  picture.add({.values = colours, .bits = kBitsOfColours}, "page");
  EXPECT_THAT([&] { picture.of_predictions(Meaning::kMask, 2, "p"); },
              ThrowsMessage<InputError>(HasSubstr("neither a mask nor ids of cells")));
}

TEST(StackMeaning, GradedValuesAreProbabilities) {
  StackContents bytes, floats;
  const auto probability = random_probability(40, 40, 3);
  Picture<std::uint8_t> picture(40, 40);
  for (size_t i = 0; i < picture.values.size(); ++i) {
    picture.values[i] = static_cast<std::uint8_t>(std::lround(probability.values[i] * 255));
  }
  bytes.add({picture}, "page");
  floats.add({probability}, "page");
  EXPECT_EQ(bytes.of_predictions(Meaning::kMask, 2, "p"), Meaning::kProbabilities);
  EXPECT_EQ(floats.of_predictions(Meaning::kMask, 2, "p"), Meaning::kProbabilities);
  EXPECT_THAT([&] { bytes.of_labels("soft.tif"); },
              ThrowsMessage<InputError>(HasSubstr("soft.tif: has whole numbers up to 255 in")));
}

TEST(StackMeaning, SomeGrayValuesUpToWhiteAreUnclear) {
  const auto grays = contents<std::uint8_t>({{0, 128, 255}});
  EXPECT_THAT([&] { grays.of_predictions(Meaning::kMask, 2, "p"); },
              ThrowsMessage<InputError>(HasSubstr("probabilities would have more values")));
  EXPECT_THROW(grays.of_labels("l"), InputError);
}

TEST(StackMeaning, ClassesThatNoLabelHasAreUnclear) {
  for (const std::uint8_t other : {3, 9}) {
    const auto found = contents<std::uint8_t>({{0, 1, 0, 2, 0, other}});
    EXPECT_THAT([&] { found.of_predictions(Meaning::kClasses, 2, "p.tif"); },
                ThrowsMessage<InputError>(HasSubstr("where labels have classes up to 2; say")));
  }
}

TEST(StackMeaning, MasksOfOtherValuesOnEachPageAreMasks) {
  StackContents contents;
  Picture<std::uint8_t> white(1, 7), one(1, 7);
  white.values = {255, 0, 255, 0, 255, 0, 255};
  one.values = {1, 0, 1, 0, 1, 0, 1};
  contents.add({white}, "a.tif");
  contents.add({one}, "b.tif");
  EXPECT_EQ(contents.of_labels("l"), Meaning::kMask);
  EXPECT_EQ(contents.of_predictions(Meaning::kIds, 0, "p"), Meaning::kMask);
  EXPECT_EQ(contents.text(), "0 and one other value per page, 1 or 255");
}

TEST(StackMeaning, AMaskAmongIdsIsRefused) {
  StackContents contents;
  Picture<std::uint8_t> ids(1, 9), mask(1, 9);
  ids.values = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  mask.values = {1, 0, 1, 0, 1, 0, 1, 0, 1};
  contents.add({ids}, "a.tif");
  contents.add({mask}, "b.tif");
  EXPECT_THAT([&] { contents.of_labels("l"); },
              ThrowsMessage<InputError>(HasSubstr("b.tif: is a mask, other pages hold ids")));
}

TEST(StackMeaning, FewValuesInManyPiecesAreClasses) {
  const auto classes = contents<std::uint8_t>({{1, 2, 1, 2, 1, 0, 2}});
  EXPECT_EQ(classes.of_labels("l"), Meaning::kClasses);
  EXPECT_EQ(classes.of_predictions(Meaning::kClasses, 2, "p"), Meaning::kClasses);
}

TEST(StackMeaning, TwoValuesInManyPiecesAreAMaskWithoutZero) {
  const auto mask = contents<std::uint8_t>({{1, 2, 1, 2, 1, 2, 1}});
  EXPECT_EQ(mask.of_predictions(Meaning::kMask, 2, "p"), Meaning::kMask);
  EXPECT_EQ(mask.of_labels("l"), Meaning::kMask);
  EXPECT_EQ(mask.background(), 1);
  EXPECT_EQ(contents<std::uint8_t>({{0, 2, 0}}).background(), 0);
}

TEST(StackMeaning, IntegersThatEndFarBelowWhiteAreUnclear) {
  const auto percent = contents<std::uint8_t>(
      {{0,  4,  8,  4,  8,  12, 4,  16, 20, 24, 28, 4,  32, 8, 36, 12, 40, 44, 48, 4,  52, 8,
        56, 12, 60, 64, 99, 4,  99, 8,  99, 12, 4,  12, 8,  4, 8,  4,  12, 8,  4,  16, 8}});
  EXPECT_THAT([&] { percent.of_predictions(Meaning::kMask, 2, "p.tif"); },
              ThrowsMessage<InputError>(HasSubstr("p.tif: has whole numbers up to 99 in 42 pieces: "
                                                  "neither a mask nor ids of cells, and "
                                                  "probabilities would end near 255")));
}

TEST(StackMeaning, LargeValuesOf32BitsAreUnclear) {
  EXPECT_THAT(
      [] {
        contents<std::uint32_t>({{1, 2, 4000000000}}).of_predictions(Meaning::kIds, 2, "p");
      },
      ThrowsMessage<InputError>(HasSubstr("whole numbers up to 4000000000: ids of cells or")));
}

TEST(StackMeaning, DoubtsAPageThatIsUnlikeTheOthers) {
  StackContents contents;
  Picture<std::uint8_t> ids(1, 8), mask(1, 8);
  ids.values = {1, 2, 3, 4, 5, 6, 7, 8};
  contents.add({ids}, "a.tif");
  EXPECT_FALSE(contents.doubt().has_value());
  mask.values = {9, 0, 9, 0, 9, 0, 0, 0};
  contents.add({mask}, "b.tif");
  EXPECT_EQ(contents.of_predictions(Meaning::kIds, 2, "p"), Meaning::kIds);
  EXPECT_THAT(contents.doubt().value_or(""), HasSubstr("b.tif: has values in several pieces"));
}

TEST(StackMeaning, IsNamedOnTheCommandLine) {
  EXPECT_EQ(meaning_named("ids", "--labels-are"), Meaning::kIds);
  EXPECT_EQ(meaning_named("", "--labels-are"), std::nullopt);
  EXPECT_THAT([] { meaning_named("cells", "--labels-are"); },
              ThrowsMessage<InputError>(HasSubstr("--labels-are cells: expected")));
}

}  // namespace
}  // namespace unetflow
