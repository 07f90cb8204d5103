#include "segmentation/segment.hpp"

#include <gmock/gmock.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

Picture<std::uint32_t> segmented(const std::vector<std::string>& rows, const std::string& border,
                                 Index min_size = 0, double threshold = 0.5) {
  return segment({"membranes", threshold, min_size, 0, border}, probability_of(rows).plane()).ids;
}

/// A row of probabilities, as objects.
Picture<std::uint32_t> objects(const std::string& border, std::vector<float> row,
                               Index min_size = 0) {
  const Plane<const float> foreground(row.data(), 1, static_cast<Index>(row.size()));
  return segment({"objects", 0.8, min_size, 0, border}, foreground).ids;
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

TEST(Segment, LetsObjectsGrowOverProbableForegroundOnly) {
  const std::vector<float> row = {0.9f, 0.6f, 0.6f, 0.9f, 0.6f, 0.5f, 0.1f, 0.1f};
  EXPECT_EQ(objects("keep", row).values, ids_of({"1..2...."}).values);
  EXPECT_EQ(objects("close", row).values, ids_of({"11222..."}).values);
  EXPECT_EQ(objects("thin", row).values, ids_of({"11.22..."}).values);
}

TEST(Segment, DropsSmallObjectsAfterTheyGrew) {
  const std::vector<float> row = {0.9f, 0.6f, 0.6f, 0.1f, 0.9f, 0.1f};
  EXPECT_EQ(objects("close", row, 2).values, ids_of({"111..."}).values);
}

TEST(Segment, FillsHolesUpToASize) {
  const auto foreground = probability_of({"###.", "#.#.", "###."});
  const SegmentRule rule{"objects", 0.5, 0, 1, "keep"};
  EXPECT_EQ(segment(rule, foreground.plane()).ids.values, ids_of({"111.", "111.", "111."}).values);
}

TEST(Segment, KeepsTouchingClassesApart) {
  const auto foreground = probability_of({"####.#"});
  const std::uint8_t classes[] = {2, 2, 1, 1, 1, 2};
  const SegmentRule rule{"objects", 0.5, 0, 0, "keep"};
  const auto found = segment(rule, foreground.plane(), Plane<const std::uint8_t>(classes, 1, 6));
  EXPECT_EQ(found.ids.values, ids_of({"2211.3"}).values);
  EXPECT_THAT(found.classes.values, testing::ElementsAre(2, 2, 1, 1, 0, 2));
}

/// One row of probabilities of foreground and of cores.
Picture<std::uint32_t> grown(std::vector<float> foreground, std::vector<float> cores,
                             Index min_size = 0) {
  const auto row = [](const std::vector<float>& values) {
    return Plane<const float>(values.data(), 1, static_cast<Index>(values.size()));
  };
  return segment({"objects", 0.7, min_size, 0, "close"}, row(foreground), {}, row(cores)).ids;
}

TEST(Segment, LetsCoresGrowUntilTheyMeetOverForeground) {
  EXPECT_EQ(grown({0.1f, 0.9f, 0.9f, 0.9f, 0.9f, 0.9f, 0.9f, 0.9f, 0.5f},
                  {0.1f, 0.8f, 0.1f, 0.0f, 0.0f, 0.1f, 0.8f, 0.1f, 0.1f})
                .values,
            ids_of({".1112222."}).values);
  // The lower core is not above the threshold, so there is one cell.
  EXPECT_EQ(grown({0.9f, 0.9f, 0.9f, 0.9f}, {0.8f, 0.1f, 0.1f, 0.6f}).values,
            ids_of({"1111"}).values);
}

TEST(Segment, MakesForegroundWithoutACoreACellUnlessItIsSmall) {
  const std::vector<float> foreground = {0.9f, 0.9f, 0.1f, 0.9f, 0.9f, 0.9f},
                           cores = {0.1f, 0.1f, 0.1f, 0.8f, 0.1f, 0.1f};
  EXPECT_EQ(grown(foreground, cores).values, ids_of({"22.111"}).values);
  EXPECT_EQ(grown(foreground, cores, 3).values, ids_of({"...111"}).values);
}

TEST(Segment, TakesFromTheConfigurationWhatItSays) {
  SegmentConfig config;
  EXPECT_TRUE(nlohmann::json(config).at("threshold").is_null());
  config.threshold = 0.25;
  config.border = "thin";
  config = nlohmann::json(config).get<SegmentConfig>();
  const auto rule = overridden({"objects", 0.5, 7, 9, "keep"}, config);
  EXPECT_EQ(nlohmann::json(rule), nlohmann::json(SegmentRule{"objects", 0.25, 7, 9, "thin"}));
}

}  // namespace
}  // namespace unetflow
