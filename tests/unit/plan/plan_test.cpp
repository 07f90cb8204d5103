#include "plan/plan.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::ThrowsMessage;

SourcePicture picture(const std::string& file, Index page = 0, Index pages = 1) {
  SourcePicture source;
  source.picture.file = file;
  source.picture.page = page;
  source.picture.pages = pages;
  source.labels = {source.picture};
  source.name = source.picture.name();
  return source;
}

/// `count` labelled images of 512 x 512 with cells `width` px wide.
Fingerprint data_of(int count, double width = 60, Index side = 512) {
  Fingerprint data;
  for (int i = 0; i < count; ++i) data.pictures.push_back(picture(fmt::format("image/{}.png", i)));
  data.labelled = data.pictures.size();
  data.sizes.assign(data.pictures.size(), {side, side});
  data.task = "objects";
  data.width = width;
  data.foreground = data.rarest = 0.4;
  return data;
}

/// Two cores, about half a second for an update of a network 16 wide.
const Machine kMachine{.threads = 2, .speed = 8e10, .memory = 1.6e10};

Plan plan_of(const Fingerprint& data, double minutes = 10) {
  return plan_for(data, kMachine, minutes, "labels");
}

TEST(Plan, ANetworkSeesHalfOfALargeCell) {
  EXPECT_EQ(plan_of(data_of(20, 20)).shape.depth, 3);
  EXPECT_EQ(plan_of(data_of(20, 80)).shape.depth, 3);   // sees 44 px
  EXPECT_EQ(plan_of(data_of(20, 100)).shape.depth, 4);  // 92
  EXPECT_EQ(plan_of(data_of(20, 300)).shape.depth, 5);  // 188
}

TEST(Plan, SmallImagesGetOneTileAndSeveralToABatch) {
  const auto plan = plan_of(data_of(20, 10, 48));
  EXPECT_EQ(plan.shape.depth, 3);
  EXPECT_EQ(plan.output_size, 52);
  EXPECT_EQ(plan.shape.input_size, 140);
  EXPECT_EQ(plan.tiles, 16);
  EXPECT_EQ(plan.shape.batch, 8);
  EXPECT_EQ(plan_of(data_of(4, 10, 48)).shape.batch, 3);  // as many as train
  EXPECT_EQ(plan_of(data_of(20, 10, 24)).shape.depth,
            2);  // 44 px of mirror images around 24 are too many
}

TEST(Plan, LargeImagesGetThePapersTile) {
  const auto plan = plan_of(data_of(20));
  EXPECT_EQ(plan.output_size, 388);
  EXPECT_EQ(plan.shape.input_size, 476);
  EXPECT_EQ(plan.shape.batch, 1);
  EXPECT_EQ(plan.stride, 128);
  EXPECT_EQ(plan.tiles, 16 * 4);
}

TEST(Plan, TilesOverlapLessWhereThereAreMany) {
  const auto plan = plan_of(data_of(20, 60, 4096));
  EXPECT_EQ(plan.stride, 388);
  EXPECT_EQ(plan.epochs, 1);
  EXPECT_EQ(plan.updates, 16 * 11 * 11);
}

TEST(Plan, TimeDecidesEpochsAndWidth) {
  const auto ten = plan_of(data_of(20)), hour = plan_of(data_of(20), 60);
  EXPECT_EQ(ten.shape.width, 16);
  EXPECT_EQ(hour.shape.width, 32);
  EXPECT_NEAR(static_cast<double>(ten.updates) * ten.seconds_per_update, 600, 60);
  EXPECT_NEAR(static_cast<double>(hour.updates) * hour.seconds_per_update, 3600, 200);
  EXPECT_EQ(plan_of(data_of(20), 0.5).shape.width, 8);
  const auto few = plan_of(data_of(4, 10, 48));  // an update for each epoch
  EXPECT_EQ(few.epochs, few.updates);
  EXPECT_NEAR(few.minutes(), 10, 2);
  EXPECT_EQ(ten.about_minutes(), "11 minutes");
  EXPECT_LE(plan_of(data_of(20), 1e5).updates, 4100);
}

TEST(Plan, LittleMemoryMeansSmallTiles) {
  const auto plan =
      plan_for(data_of(20), {.threads = 2, .speed = 8e10, .memory = 8e8}, 10, "labels");
  EXPECT_LT(plan.output_size, 388);
  EXPECT_LE(plan.bytes, 4e8);
}

TEST(Plan, GapsAreWeightedWhereCellsTouch) {
  auto data = data_of(20);
  data.ingest.labels.kind = "instances";
  EXPECT_FALSE(plan_of(data).weigh_gaps);
  data.touching = 0.3;
  EXPECT_TRUE(plan_of(data).weigh_gaps);
  data.task = "membranes";
  EXPECT_FALSE(plan_of(data).weigh_gaps);
  auto vessels = data_of(20);
  EXPECT_TRUE(plan_of(vessels).weigh_gaps);
  vessels.are_lines = true;
  EXPECT_FALSE(plan_of(vessels).weigh_gaps);
}

TEST(Plan, RareClassesAreBalanced) {
  auto data = data_of(20);
  EXPECT_FALSE(plan_of(data).balance_classes);
  data.rarest = 0.02;
  EXPECT_TRUE(plan_of(data).balance_classes);
}

TEST(Plan, AFifthOfTheFilesIsHeldOut) {
  const auto plan = plan_of(data_of(10));
  EXPECT_THAT(plan.holdout, ElementsAre("2", "7"));
  EXPECT_EQ(plan.held_out, 2U);
  EXPECT_EQ(holdout_of(data_of(200).pictures).size(), 10U);
  EXPECT_EQ(holdout_of(data_of(2).pictures).size(), 1U);
}

TEST(Plan, FilesOfOneNameAreHeldOutByTheirPaths) {
  EXPECT_THAT(holdout_of({picture("a/1.png"), picture("b/1.png")}), ElementsAre("b/1"));
}

TEST(Plan, OfOneStackTheLastPagesAreHeldOut) {
  std::vector<SourcePicture> pages;
  for (Index i = 0; i < 10; ++i) pages.push_back(picture("movie.tif", i, 10));
  EXPECT_THAT(holdout_of(pages), ElementsAre("movie:8", "movie:9"));
}

TEST(Plan, NamesThatLookLikePatternsMatchThemselvesAlone) {
  EXPECT_THAT(holdout_of({picture("a.png"), picture("b[1]*.png")}), ElementsAre("b\\[1]\\*"));
}

TEST(Plan, OneImageIsTooFew) {
  EXPECT_THAT(holdout_of(data_of(1).pictures), IsEmpty());
  EXPECT_THAT([] { plan_of(data_of(1)); },
              ThrowsMessage<InputError>("labels: gives one labelled image, expected at least two: "
                                        "some train, and one is held out to be measured; cut it "
                                        "into several"));
}

}  // namespace
}  // namespace unetflow
