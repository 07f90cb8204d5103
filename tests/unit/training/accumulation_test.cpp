#include "training/accumulation.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

TEST(AccumulationGroups, OfAnEpochEndWithASmallerOne) {
  const AccumulationGroups groups{3, 8};  // 0 1 2, 3 4 5, 6 7
  EXPECT_EQ(groups.count(), 3);
  EXPECT_EQ(groups.size(0), 3);
  EXPECT_EQ(groups.size(5), 3);
  EXPECT_EQ(groups.size(6), 2);
  EXPECT_FALSE(groups.ends_after(0));
  EXPECT_TRUE(groups.ends_after(2));
  EXPECT_FALSE(groups.ends_after(6));
  EXPECT_TRUE(groups.ends_after(7));
}

TEST(AccumulationGroups, OfOneBatchAreTheBatches) {
  const AccumulationGroups groups{1, 4};
  EXPECT_EQ(groups.count(), 4);
  for (int batch = 0; batch < 4; ++batch) {
    EXPECT_EQ(groups.size(batch), 1);
    EXPECT_TRUE(groups.ends_after(batch));
  }
}

TEST(Batches, OfAnEpochAreSharedOutGroupByGroup) {
  TrainConfig config;
  config.batch = 2;
  config.accumulation_steps = 5;
  std::vector<std::int64_t> counts, samples, updates;
  // 15 samples in 8 batches, the last with one sample: groups of 5 and 3.
  for (std::int64_t first = 0; first < 15; first += samples.back()) {
    const Batches now = batches_from(first, config, 15, 2);
    EXPECT_EQ(now.number, first / 2);
    EXPECT_EQ(now.group_size, first < 10 ? 5 : 3);
    EXPECT_EQ(now.begin_update, first == 0 || first == 10);
    counts.push_back(now.count);
    samples.push_back(now.samples);
    updates.push_back(now.end_update);
  }
  EXPECT_THAT(counts, testing::ElementsAre(2, 2, 1, 2, 1));
  EXPECT_THAT(samples, testing::ElementsAre(4, 4, 2, 4, 1));
  EXPECT_THAT(updates, testing::ElementsAre(0, 0, 1, 0, 1));
}

TEST(Batches, OfAnUpdateMustBeEnoughForTheProcesses) {
  TrainConfig config;
  EXPECT_NO_THROW(check_share(config, 5, 1, "train.json"));
  EXPECT_THAT([&] { check_share(config, 5, 2, "train.json"); },
              testing::ThrowsMessage<InputError>(
                  "train.json at /accumulation_steps: 2 processes share out the batches of an "
                  "update, which are 1: expected at least 2, or fewer processes"));
  config.accumulation_steps = 8;
  EXPECT_NO_THROW(check_share(config, 8, 8, "train.json"));
  EXPECT_THAT(
      [&] { check_share(config, 2, 3, "train.json"); },
      testing::ThrowsMessage<InputError>(testing::HasSubstr("which are all 2 of an epoch")));
}

}  // namespace
}  // namespace unetflow
