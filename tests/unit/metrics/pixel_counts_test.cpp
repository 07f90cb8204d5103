#include "metrics/pixel_counts.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "pictures.hpp"

namespace unetflow {
namespace {

PixelCounts count(const std::vector<std::string>& truth,
                  const std::vector<std::string>& prediction) {
  return count_pixels(mask_of(truth).plane(), mask_of(prediction).plane());
}

TEST(PixelCounts, CountsWhatIsFoundMissedAndMistaken) {
  const auto counts = count({"##..", "##.."}, {"#.#.", "##.."});
  EXPECT_EQ(counts.true_positives, 3);
  EXPECT_EQ(counts.false_positives, 1);
  EXPECT_EQ(counts.false_negatives, 1);
  EXPECT_EQ(counts.true_negatives, 3);
  EXPECT_DOUBLE_EQ(counts.disagreement(), 2.0 / 8);
  EXPECT_DOUBLE_EQ(counts.iou(), 3.0 / 5);
  EXPECT_DOUBLE_EQ(counts.dice(), 6.0 / 8);
}

TEST(PixelCounts, CountsOneClassOfSeveral) {
  const std::uint8_t truth[] = {0, 1, 2, 2, 2, 1};
  const std::uint8_t found[] = {2, 1, 2, 0, 2, 2};
  const auto counts = count_pixels({truth, 1, 6}, {found, 1, 6}, 2);
  EXPECT_EQ(counts.true_positives, 2);
  EXPECT_EQ(counts.false_positives, 2);
  EXPECT_EQ(counts.false_negatives, 1);
  EXPECT_EQ(counts.true_negatives, 1);
}

TEST(PixelCounts, AClassInNeitherMaskHasNoScore) {
  EXPECT_TRUE(std::isnan(count({".."}, {".."}).iou()));
  EXPECT_TRUE(std::isnan(count({".."}, {".."}).dice()));
}

TEST(PixelCounts, OfClassesFollowEachOther) {
  const std::vector<PixelCounts> classes = {{1, 2, 3, 4}, {5, 6, 7, 8}};
  const auto counts = as_counts(classes);
  EXPECT_THAT(counts, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(pixel_counts(std::span(counts).subspan(kPixelCounts)).false_negatives, 7);
}

TEST(FScore, IsTheHarmonicMeanOfPrecisionAndRecall) {
  // precision 3/4, recall 3/5: 2 * 0.45 / 1.35.
  EXPECT_DOUBLE_EQ(f_score(3, 1, 2), 2.0 / 3);
}

TEST(FScore, TakesPrecisionAsOneWithoutFalsePositivesAndRecallWithoutFalseNegatives) {
  EXPECT_EQ(f_score(0, 0, 0), 1);
  EXPECT_EQ(f_score(0, 0, 5), 0);  // precision 1, recall 0
  EXPECT_EQ(f_score(0, 5, 0), 0);
  EXPECT_EQ(f_score(0, 5, 5), 0);
}

}  // namespace
}  // namespace unetflow
