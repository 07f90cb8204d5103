// Cuts labelled images into overlap tiles: images/ -> tiles/.
#include <fmt/format.h>

#include "artifact/picture_shard.hpp"
#include "artifact/sample_shard.hpp"
#include "network/geometry.hpp"
#include "sample/cut_touching.hpp"
#include "sample/tile_grid.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// The tiles of an image that have anything to learn from; adds to `all` how many there are.
std::vector<SampleKey> annotated_tiles(const TileConfig& config, const PictureEntry& entry,
                                       Plane<const std::uint8_t> label, size_t& all) {
  const auto positions =
      tile_positions(entry.height, entry.width, config.output_size, config.stride);
  all += positions.size();
  std::vector<SampleKey> keys;
  for (size_t number = 0; number < positions.size(); ++number) {
    if (!is_annotated(label, positions[number], config.output_size)) continue;
    keys.push_back({{entry.index, static_cast<std::int64_t>(number)},
                    0,
                    static_cast<std::int32_t>(positions[number].y),
                    static_cast<std::int32_t>(positions[number].x)});
  }
  return keys;
}

}  // namespace

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
    size_t all = 0;
    contents["pictures"] = Json::array();
    for (const auto& entry : entries) {
      const auto own = annotated_tiles(config, entry, read_label(images, entry).plane(), all);
      keys.insert(keys.end(), own.begin(), own.end());
      shape.instances = shape.instances || entry.instances;
      contents["pictures"].push_back(entry);
      contents["pictures"].back()["tiles"] = own.size();
    }
    if (keys.size() < all) {
      stage.say(fmt::format("{} of {} tiles have no annotated pixel and are left out",
                            all - keys.size(), all));
    }
    contents["input_size"] = config.input_size;
    contents["output_size"] = config.output_size;

    ShardWriter shard(stage.output);
    create_tiles(shard, static_cast<std::int64_t>(keys.size()), shape);
    write_keys(shard, keys, false, true);
    LabelledPicture tile = shape.memory();
    auto progress = stage.progress("tile", static_cast<std::int64_t>(keys.size()), "tiles");
    size_t next = 0;
    CutCells lost;
    for (const auto& entry : entries) {
      LabelledPicture picture = read_labelled_picture(images, entry);
      const auto labels = picture.buffer();
      if (config.cut_touching) {
        const auto [vanished, halved] = cut_touching(labels.label, labels.instances);
        lost.vanished += vanished;
        lost.halved += halved;
      }
      for (; next < keys.size() && keys[next].sample.picture == entry.index; ++next) {
        cut_tile(picture.view(), {keys[next].y, keys[next].x}, tile.buffer());
        write_tile(shard, static_cast<std::int64_t>(next), tile.view());
        progress.advance();
      }
    }
    const auto tell = [&](Index cells, const char* what) {
      if (cells == 0) return;
      stage.say(fmt::format("{} cell{} {} the gap between touching cells (cut_touching)", cells,
                            cells == 1 ? "" : "s", what));
    };
    tell(lost.vanished, "lost in whole to");
    tell(lost.halved, "lost by more than half, but not in whole, to");
    manifest.contents = std::move(contents);
    stage.commit(shard, std::move(manifest));
  });
}
