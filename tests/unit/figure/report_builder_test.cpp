#include "figure/report_builder.hpp"

#include "core/error.hpp"
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

TEST_F(ReportBuilderTest, RefusesAnImageOfAnotherNameOrSize) {
  const Artifact images{"images.json", manifest_of("images", contents(true))};
  auto wanted = entry(true);
  EXPECT_TRUE(find_same_picture({&images}, wanted).has_value());
  wanted.height = 9;
  EXPECT_THAT([&] { find_same_picture({&images}, wanted); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr(
                  "images.json: has image 3 \"three\" of 8 x 8 px, expected \"three\" of 9 x 8")));
}

TEST_F(ReportBuilderTest, SkipsEmptyShards) {
  const Artifact filled{write_tiles("tiles"), {}};
  ShardWriter shard(shard_path("empty"));
  create_tiles(shard, 0, {1, 24, 8, false});
  write_keys(shard, {}, false, true);
  shard.commit(manifest_of("tiles", contents_with(0)));
  const Artifact empty{shard.manifest_path(), {}};
  EXPECT_EQ(first_filled({&empty, &filled}), &filled);
  EXPECT_EQ(first_filled({&empty}), nullptr);
}

}  // namespace
}  // namespace unetflow
