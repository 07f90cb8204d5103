#include "figure/report_builder.hpp"

#include "report_page.hpp"

namespace unetflow {
namespace {

using ReportBuilderTest = ReportPage;

TEST_F(ReportBuilderTest, FindsTheShardThatHasAnImage) {
  const Artifact images{"images.json", manifest_of("images", contents(true))};
  const auto found = find_picture({&images}, 3);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->first, &images);
  EXPECT_EQ(found->second.name, "three");
  EXPECT_FALSE(find_picture({&images}, 4).has_value());
}

TEST_F(ReportBuilderTest, SkipsEmptyShards) {
  const Artifact filled{write_tiles("tiles"), {}};
  ShardWriter shard(shard_path("empty"));
  create_tiles(shard, 0, {1, 24, 8, false});
  write_keys(shard, {}, false, true);
  shard.commit(manifest_of("tiles", contents(true)));
  const Artifact empty{shard.manifest_path(), {}};
  EXPECT_EQ(first_filled({&empty, &filled}), &filled);
  EXPECT_EQ(first_filled({&empty}), nullptr);
}

}  // namespace
}  // namespace unetflow
