// Cuts labelled images into overlap tiles: images/ -> tiles/.
#include "artifact/picture_shard.hpp"
#include "artifact/sample_shard.hpp"
#include "network/geometry.hpp"
#include "sample/tile_grid.hpp"
#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage("tile", kRevision, "Cuts labelled images into overlap tiles with mirrored margins.",
              "unetflow-tile --config pipelines/em2012/tile.json"
              " --input work/em2012/images/00000-of-00004.json"
              " --output work/em2012/tiles/00000-of-00004.json");
  stage.takes({"images"});
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<TileConfig>();
    check_unet_sizes(config.depth, config.input_size, config.output_size, stage.config_place());
    auto manifest = stage.manifest("tiles", config);
    if (stage.up_to_date(manifest)) return;
    const ShardReader images(stage.only_input(), "images");
    Json contents = images.manifest().contents;
    // All that may train: which of them do is left to the split, so that splits share tiles.
    auto entries = picture_entries(images.manifest(), {"train"});
    std::erase_if(entries, [](const auto& entry) { return !entry.labelled; });

    // The shard's size must be known before its first tile is written.
    TileShape shape{images.manifest().content<Index>("channels"), config.input_size,
                    config.output_size, false};
    std::vector<SampleKey> keys;
    contents["pictures"] = Json::array();
    for (const auto& entry : entries) {
      const auto positions =
          tile_positions(entry.height, entry.width, config.output_size, config.stride);
      for (size_t number = 0; number < positions.size(); ++number) {
        keys.push_back({{entry.index, static_cast<std::int64_t>(number)},
                        0,
                        static_cast<std::int32_t>(positions[number].y),
                        static_cast<std::int32_t>(positions[number].x)});
      }
      shape.instances = shape.instances || entry.instances;
      contents["pictures"].push_back(entry);
      contents["pictures"].back()["tiles"] = positions.size();
    }
    contents["input_size"] = config.input_size;
    contents["output_size"] = config.output_size;

    ShardWriter shard(stage.output);
    create_tiles(shard, static_cast<std::int64_t>(keys.size()), shape);
    write_keys(shard, keys, false, true);
    LabelledPicture tile = shape.memory();
    auto progress = stage.progress("tile", static_cast<std::int64_t>(keys.size()), "tiles");
    size_t next = 0;
    for (const auto& entry : entries) {
      const LabelledPicture picture = read_labelled_picture(images, entry);
      for (; next < keys.size() && keys[next].sample.picture == entry.index; ++next) {
        cut_tile(picture.view(), {keys[next].y, keys[next].x}, tile.buffer());
        write_tile(shard, static_cast<std::int64_t>(next), tile.view());
        progress.advance();
      }
    }
    manifest.contents = std::move(contents);
    stage.commit(shard, std::move(manifest));
  });
}
