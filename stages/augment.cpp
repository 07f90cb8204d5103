// Writes out the variations of tiles that the trainer sees in given epochs: tiles/ -> augmented/.
#include "sample/augment.hpp"
#include "artifact/sample_shard.hpp"
#include "flow/in_batches.hpp"
#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage("augment", kRevision,
              "Deforms and varies tiles as the trainer does in the epochs asked for.",
              "unetflow-augment --config pipelines/em2012/augment.json"
              " --input work/em2012/tiles/00000-of-00004.json"
              " --output work/em2012/augmented/00000-of-00004.json");
  stage.takes({"tiles"});
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<AugmentConfig>();
    check_augment(config, stage.config_place());
    auto manifest = stage.manifest("augmented", config);
    if (stage.up_to_date(manifest)) return;
    const ShardReader tiles(stage.only_input(), "tiles");
    const auto shape = TileShape::of(tiles);
    const auto tile_keys = read_keys(tiles);

    std::vector<SampleKey> keys;
    for (const auto epoch : config.epochs) {
      for (auto key : tile_keys) {
        key.epoch = static_cast<std::int32_t>(epoch);
        keys.push_back(key);
      }
    }
    const auto count = static_cast<std::int64_t>(keys.size());
    ShardWriter shard(stage.output);
    create_tiles(shard, count, shape);
    write_keys(shard, keys, true, true);

    struct Lane {
      LabelledPicture tile, varied;
      AugmentWorkspace workspace;
    };
    std::vector<Lane> lanes(static_cast<size_t>(stage.threads));
    for (auto& lane : lanes) lane.tile = lane.varied = shape.memory();
    auto progress = stage.progress("augment", count, "samples");
    in_batches(
        count, lanes,
        [&](std::int64_t i, Lane& lane) {
          read_tile(tiles, i % static_cast<std::int64_t>(tile_keys.size()), lane.tile.buffer());
        },
        [&](std::int64_t i, Lane& lane) {
          const auto& key = keys[static_cast<size_t>(i)];
          augment(config, static_cast<std::uint32_t>(key.epoch),
                  static_cast<std::uint64_t>(key.sample.pack()), lane.tile.view(),
                  lane.varied.buffer(), lane.workspace);
        },
        [&](std::int64_t i, Lane& lane) {
          write_tile(shard, i, lane.varied.view());
          progress.advance();
        });
    manifest.contents = tiles.manifest().contents;
    manifest.contents["epochs"] = config.epochs;
    stage.commit(shard, std::move(manifest));
  });
}
