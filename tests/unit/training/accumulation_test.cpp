#include "training/accumulation.hpp"

#include <gmock/gmock.h>

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

}  // namespace
}  // namespace unetflow
