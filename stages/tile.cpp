// Cuts labelled images into overlap tiles: images/ -> tiles/.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "artifact/picture_shard.hpp"
#include "artifact/preprocessing.hpp"
#include "artifact/sample_shard.hpp"
#include "core/error.hpp"
#include "image/rescale.hpp"
#include "network/geometry.hpp"
#include "sample/cut_touching.hpp"
#include "sample/rim_and_core.hpp"
#include "sample/tile_grid.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// The tiles of an image that have anything to learn from; adds to `all` how many there are.
std::vector<SampleKey> annotated_tiles(const TileConfig& config, const PictureEntry& entry,
                                       Plane<const std::uint8_t> label, size_t& all) {
  const auto positions =
      tile_positions(label.height, label.width, config.output_size, config.stride);
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

/// The configuration without what it does not use, so that artifacts keep the bytes that they had.
Json recorded(const TileConfig& config) {
  Json json = config;
  if (config.pixel_size.empty()) json.erase("pixel_size");
  if (config.rim == 0) json.erase("rim");
  return json;
}

/// A pixel of the images over one of the tiles, [y, x].
std::array<double, 2> scale_of(const TileConfig& config, const Manifest& images,
                               const std::string& place) {
  if (config.pixel_size.empty()) return {1, 1};
  const std::string name = images.path.string();
  const auto scale = pixel_ratio({name, preprocessing_of(images.contents)},
                                 {place, {{"pixel_size_um", config.pixel_size}}});
  if (!scale) {
    throw InputError(place + " at /pixel_size",
                     fmt::format("needs that of the images, expected {} to say it: set "
                                 "pixel_size in ingest.json",
                                 name));
  }
  constexpr double kLargest = 16;  // beyond it, a unit is wrong
  for (const double axis : *scale) {
    if (std::max(axis, 1 / axis) <= kLargest) continue;
    throw InputError(place + " at /pixel_size",
                     fmt::format("is {:.3g} times that of {}, expected at most {} times: is a unit "
                                 "wrong?",
                                 1 / axis, name, kLargest));
  }
  return *scale;
}

/// On the pixels of the tiles.
LabelledPicture rescaled_to(std::array<double, 2> scale, LabelledPicture picture) {
  const auto& label = picture.label;
  const Index height = rescaled_size(label.height, scale[0]),
              width = rescaled_size(label.width, scale[1]);
  if (height == label.height && width == label.width) return picture;
  return {rescaled(picture.view().input, height, width),
          rescaled_labels(picture.view().label, height, width),
          rescaled_labels(picture.view().instances, height, width)};
}

/// Throws InputError where cells are of several classes, each of which would have rims.
void check_rim(const Manifest& images, const std::string& place) {
  if (images.classes() == 2) return;
  throw InputError(place + " at /rim",
                   fmt::format("is for cells of one class, {} has {} classes: expected 0",
                               images.path.string(), images.classes()));
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
    auto manifest = stage.manifest("tiles", recorded(config));
    if (stage.up_to_date(manifest)) return;
    const ShardReader images(stage.only_input(), "images");
    const auto scale = scale_of(config, images.manifest(), stage.config_place());
    if (config.rim > 0) check_rim(images.manifest(), stage.config_place());
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
      const auto label = rescaled_to(scale, {{}, read_label(images, entry), {}}).label;
      const auto own = annotated_tiles(config, entry, label.plane(), all);
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
    if (!config.pixel_size.empty()) contents["pixel_size_um"] = config.pixel_size;
    if (config.rim > 0) contents.update({{"classes", 3}, {"rim", config.rim}});

    ShardWriter shard(stage.output);
    create_tiles(shard, static_cast<std::int64_t>(keys.size()), shape);
    write_keys(shard, keys, false, true);
    LabelledPicture tile = shape.memory();
    auto progress = stage.progress("tile", static_cast<std::int64_t>(keys.size()), "tiles");
    size_t next = 0;
    CutCells lost;
    for (const auto& entry : entries) {
      LabelledPicture picture = rescaled_to(scale, read_labelled_picture(images, entry));
      const auto labels = picture.buffer();
      if (config.cut_touching) {
        const auto [vanished, halved] = cut_touching(labels.label, labels.instances);
        lost.vanished += vanished;
        lost.halved += halved;
      }
      if (config.rim > 0) rim_and_core(config.rim, labels.label, labels.instances);
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
