#include "segmentation/segment.hpp"

#include <gmock/gmock.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

Picture<std::uint32_t> segmented(const std::vector<std::string>& rows, const std::string& border,
                                 Index min_size = 0, double threshold = 0.5) {
  SegmentConfig config;
  config.border = border;
  config.min_size = min_size;
  return segment(config, threshold, probability_of(rows).plane());
}

TEST(Segment, KeepsTheBorder) {
  EXPECT_EQ(segmented({"##...#", "##.#..", "......"}, "keep").values,
            ids_of({"11...2", "11.3..", "......"}).values);
}

TEST(Segment, ThinsTheBorderToLines) {
  EXPECT_EQ(segmented({"#...#"}, "thin").values, ids_of({"11.22"}).values);
}

TEST(Segment, LetsCellsTouchWithoutBorder) {
  EXPECT_EQ(segmented({"#...#"}, "close").values, ids_of({"11122"}).values);
}

TEST(Segment, DropsSmallComponentsBeforeCellsGrow) {
  // The single pixel is dropped, and the others are renumbered.
  EXPECT_EQ(segmented({"##..#..##"}, "thin", 2).values, ids_of({"1111.2222"}).values);
  EXPECT_EQ(segmented({"##..#..##"}, "keep", 2).values, ids_of({"11.....22"}).values);
}

TEST(Segment, FindsNoCellWhereNothingExceedsTheThreshold) {
  for (const char* border : {"keep", "thin", "close"}) {
    EXPECT_EQ(segmented({"#.#"}, border, 0, 1).values, ids_of({"..."}).values);
  }
}

TEST(Segment, TakesAThresholdOrNone) {
  SegmentConfig config;
  EXPECT_TRUE(nlohmann::json(config).at("threshold").is_null());
  config.threshold = 0.25;
  EXPECT_EQ(nlohmann::json(config).get<SegmentConfig>().threshold, 0.25);
}

}  // namespace
}  // namespace unetflow
