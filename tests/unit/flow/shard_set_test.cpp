#include "flow/shard_set.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "shards.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class OpenShards : public testing::Test {
 protected:
  const TemporaryFolder folder;
};

TEST_F(OpenShards, OrdersTheSamplesOfAllShardsByTheirIds) {
  auto paths = write_tiles(folder.path, 10, 3);
  std::swap(paths[0], paths[2]);
  const ShardSet set = open_shards(paths, "tiles");
  ASSERT_EQ(set.rows.size(), 10u);
  for (std::int64_t number = 0; number < 10; ++number) {
    const auto& row = set.rows[static_cast<std::size_t>(number)];
    EXPECT_EQ(row.key.sample, tile_id(number));
    // The row leads to the sample's pixels.
    LabelledPicture tile = set.tile.memory();
    read_tile(set.shards[row.shard], row.index, tile.buffer());
    EXPECT_EQ(tile.input.values, striped_tile(number, kTile).input.values);
  }
  EXPECT_EQ(set.shape, (SampleShape{1, 28, 12, 2}));
}

TEST_F(OpenShards, OrdersByEpochFirst) {
  const auto stored = write_stored(folder.path, 4, 2, {0, 3}, {}, {});
  const ShardSet set = open_shards(stored.augmented, "augmented");
  std::vector<std::pair<int, SampleId>> found, expected;
  for (const auto& row : set.rows) found.push_back({row.key.epoch, row.key.sample});
  for (const int epoch : {0, 3}) {
    for (std::int64_t number = 0; number < 4; ++number)
      expected.push_back({epoch, tile_id(number)});
  }
  EXPECT_EQ(found, expected);
}

TEST_F(OpenShards, IgnoresTheShapeOfEmptyShards) {
  const auto paths = write_tiles(folder.path, 2, 5);
  EXPECT_EQ(open_shards(paths, "tiles").rows.size(), 2u);
}

TEST_F(OpenShards, RefusesShardsOfImagesThatWereScaledOtherwise) {
  const auto paths = write_tiles(folder.path, 8, 2);
  const auto say = [&](const fs::path& path, const Json& scaling) {
    Json manifest = load_json(path);
    manifest["contents"]["scaling"] = scaling;
    std::ofstream(path) << manifest;
  };
  const Json by_range = {{"rule", "range"}, {"range", {0, 255}}};
  say(paths[0], by_range);
  say(paths[1], by_range);
  EXPECT_EQ(open_shards(paths, "tiles").preprocessed.preprocessing["scaling"], by_range);
  say(paths[1], {{"rule", "percentiles"}, {"percentiles", {1, 99}}});
  EXPECT_THAT(
      [&] { open_shards(paths, "tiles"); },
      ThrowsMessage<InputError>(HasSubstr(
          "00001-of-00002.json: has gray values that were scaled by percentiles, 1 to 99, expected "
          "by a stated range, 0 to 255 as in")));
}

TEST_F(OpenShards, RefusesNoShards) {
  EXPECT_THAT([] { open_shards({}, "tiles"); },
              ThrowsMessage<InputError>(HasSubstr("none of the tiles shards holds a sample")));
}

TEST_F(OpenShards, RefusesAnotherKind) {
  const auto paths = write_tiles(folder.path, 2, 1);
  EXPECT_THAT([&] { open_shards(paths, "augmented"); },
              ThrowsMessage<InputError>(HasSubstr("00000-of-00001.json")));
}

}  // namespace
}  // namespace unetflow
