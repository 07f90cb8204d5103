#include "segmentation/compact_ids.hpp"

#include <gmock/gmock.h>

#include "pictures.hpp"

namespace unetflow {
namespace {

TEST(CompactIds, KeepsTheOrderOfIds) {
  auto ids = ids_of({"907", "770"});
  ids.values[2] = 4000000000u;
  EXPECT_EQ(compact_ids(ids.plane()), 3u);
  EXPECT_EQ(ids.values, ids_of({"203", "110"}).values);
}

}  // namespace
}  // namespace unetflow
