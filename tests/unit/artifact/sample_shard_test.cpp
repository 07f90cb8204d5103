#include "artifact/sample_shard.hpp"

#include <gmock/gmock.h>

#include "artifact/picture_shard.hpp"
#include "consistent.hpp"
#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class SampleShard : public testing::Test {
 protected:
  static Manifest manifest() {
    Manifest manifest;
    manifest.kind = "tiles";
    manifest.stage = "test";
    manifest.config = Json::object();
    manifest.contents = {
        {"pictures", {PictureEntry{3, "p", "train", 20, 10, true, false, "p.png"}}},
        {"channels", 1},
        {"classes", 2},
        {"input_size", 6},
        {"output_size", 4}};
    manifest.contents["pictures"][0]["tiles"] = 1;
    return manifest;
  }
  /// One tile with this key, and whatever `add` writes too.
  template <class Add>
  fs::path write(const SampleKey& key, Add add) const {
    const TileShape shape{1, 6, 4, false};
    const LabelledPicture tile = shape.memory();
    ShardWriter shard(folder_.path / "00000-of-00001.json");
    create_tiles(shard, 1, shape);
    write_tile(shard, 0, tile.view());
    write_keys(shard, {key}, false, true);
    add(shard);
    shard.commit(manifest());
    return shard.manifest_path();
  }
  fs::path write(const SampleKey& key) const {
    return write(key, [](ShardWriter&) {});
  }
  void expect_refused(const fs::path& path, const std::string& message) const {
    EXPECT_THAT(
        [&] {
          const ShardReader shard(path);
          TileShape::of(shard);
          read_keys(shard);
        },
        ThrowsMessage<InputError>(HasSubstr(message)));
  }

  const TemporaryFolder folder_;
};

TEST_F(SampleShard, GivesBackItsKeys) {
  const ShardReader shard(write({{3, 7}, 0, 16, 6}));
  const auto keys = read_keys(shard);
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].sample, (SampleId{3, 7}));
  EXPECT_EQ(keys[0].y, 16);
  EXPECT_EQ(keys[0].x, 6);
}

TEST_F(SampleShard, RefusesSamplesOfNoImageOrOutsideOfIt) {
  expect_refused(write({{4, 0}, 0, 0, 0}), "holds tile 0 of image number 4, epoch 0, expected");
  expect_refused(write({{3, 0}, 0, 20, 0}), "has tile 0 of image number 3 at y = 20, x = 0, which");
  expect_refused(write({{3, 0}, 0, 0, -1}), "at y = 0, x = -1, which is outside");
}

TEST_F(SampleShard, RefusesSizesThatContradictTheManifest) {
  const auto path = write({{3, 0}, 0, 0, 0});
  const auto refused_with = [&](const char* key, const Json& value, const std::string& message) {
    const std::string before = file_bytes(path);
    make_consistent(path, [&](Json& json) { json["contents"][key] = value; });
    expect_refused(path, message);
    std::ofstream(path) << before;
  };
  refused_with("channels", 3, "has tiles of 1 channels, input 6, output 4, expected 3, 6, 4");
  refused_with("input_size", 8, "expected 1, 8, 4");
  refused_with("output_size", 6, "expected 1, 6, 6");
  refused_with("output_size", 1e9, "/contents/output_size: is 1000000000.0, expected integer");
  Json pictures = manifest().contents["pictures"];
  pictures[0]["tiles"] = 2;
  refused_with("pictures", pictures, "says that image 3 has 2 tiles, expected 1 as the shard has");
  pictures[0].erase("tiles");
  refused_with("pictures", pictures, "says that image 3 has null tiles, expected 1");
  refused_with("epochs", {0, 1}, "has 1 tiles, expected 0 as the shard has in epoch 1");
  refused_with("epochs", Json::array(), "there are 0 samples, expected 1");
  refused_with("pictures", 7, "/contents/pictures: is 7, expected array");
}

TEST_F(SampleShard, RefusesDatasetsOfAnotherLength) {
  expect_refused(write({{3, 0}, 0, 0, 0},
                       [](ShardWriter& shard) {
                         const std::vector<std::int32_t> two = {0, 1};
                         shard.write_whole<std::int32_t>("epoch", {2}, two, {{"sample"}, "1", ""});
                       }),
                 "dataset epoch: has the shape [2], expected [1]");
  expect_refused(write({{3, 0}, 0, 0, 0},
                       [](ShardWriter& shard) {
                         const std::vector<std::uint32_t> ids(9);
                         shard.write_whole<std::uint32_t>("instances", {1, 3, 3}, ids,
                                                          {{"sample", "y", "x"}, "1", ""});
                       }),
                 "has instances of another shape than its labels");
}

}  // namespace
}  // namespace unetflow
