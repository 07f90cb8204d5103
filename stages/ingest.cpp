// Reads image files and their labels: source pictures -> images/.
#include "ingest/ingest.hpp"
#include "ingest/outline_labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <span>

#include "artifact/picture_shard.hpp"
#include "core/error.hpp"
#include "ingest/summary.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// A folder; or that of a stage which made the images, whose manifest names them.
PictureFolder picture_folder(const fs::path& input) {
  if (fs::is_directory(input) || input.extension() != ".json") return PictureFolder(input);
  std::set<std::string> made;
  for (const auto& file : read_manifest(input).files) made.insert(file.name);
  return PictureFolder(input.parent_path(), std::move(made));
}

/// Each file once, by name.
std::vector<InputRecord> source_records(
    const PictureFolder& folder, std::span<const SourcePicture> pictures,
    const std::vector<std::string>& lists,
    const std::function<std::string(const std::string&)>& digest) {
  std::set<std::string> files(lists.begin(), lists.end());
  for (const auto& picture : pictures) {
    files.insert(picture.picture.file);
    for (const auto& label : picture.labels) files.insert(label.file);
    if (!picture.mask.file.empty()) files.insert(picture.mask.file);
  }
  std::vector<InputRecord> records;
  for (const auto& file : files) {
    for (const auto& part : folder.parts(file)) records.push_back({part, digest(part)});
  }
  return records;
}

/// Throws InputError where images that are not here any more were elsewhere.
void check_same_place(Stage& stage, const fs::path& root) {
  const fs::path elsewhere = stage.read_elsewhere_than(root);
  if (elsewhere.empty()) return;
  throw InputError(root.string(), "has none of the images, which were read from " +
                                      elsewhere.parent_path().string() + " before");
}

}  // namespace

constexpr int kRevision = 10;

int main(int argc, char** argv) {
  Stage stage(
      "ingest", kRevision,
      "Reads images with their labels: PNG, TIFF, JPEG, JPEG 2000, GIF, BMP, Zarr and HDF5, "
      "and outlines of cells as ImageJ, COCO and GeoJSON have them. --input is the "
      "folder that they are in, or the manifest of a stage that made them.",
      "unetflow-ingest --config pipelines/em2012/ingest.json --input EM_2012"
      " --output work/em2012/images/00000-of-00004.json");
  stage.takes({"pictures", "folder"});
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<IngestConfig>();
    check_ingest(config, stage.config_place());
    PictureFolder folder = picture_folder(stage.only_input());
    auto manifest = stage.manifest("images", config);
    // After the raw data went to tape, what was made from them stays good.
    if (holds_nothing(config, folder)) {
      check_same_place(stage, folder.root());
      if (stage.up_to_date(manifest, Sources::kGone)) return;
    }
    const auto [all, remarks, pixel_size, channel_names, lists] = list_pictures(config, folder);
    check_positions(folder, all);
    const auto [first, last] =
        ShardName::parse(stage.output).range(static_cast<std::int64_t>(all.size()));
    const std::span chosen(all.begin() + first, all.begin() + last);
    manifest.sources = source_records(folder, chosen, lists, [&](const auto& file) {
      return stage.digest(folder.root() / file);
    });
    for (const auto& picture : chosen) {
      manifest.contents["pictures"].push_back({{"index", picture.index},
                                               {"name", picture.name},
                                               {"subset", picture.subset},
                                               {"labels", picture.label_names()},
                                               {"mask", picture.mask.file}});
    }
    manifest.contents["pixel_size_um"] = pixel_size;
    if (stage.up_to_date(manifest)) return;
    for (const auto& remark : remarks) stage.warn(remark);

    const bool labelled = std::any_of(all.begin(), all.end(),
                                      [](const auto& picture) { return !picture.labels.empty(); });
    ShardWriter shard(stage.output);
    Json pictures = Json::array();
    Summary summary(config);
    Index channels = 0;
    std::array<double, 2> range = {0, 1};
    {
      auto progress = stage.progress("ingest", last - first, "images");
      for (const auto& source : chosen) {
        const IngestedPicture picture = ingest_picture(config, folder, source);
        if (channels != 0 && picture.input.channels != channels) {
          throw InputError(folder.place(source.picture),
                           fmt::format("has {} channels, expected {} like the images before it",
                                       picture.input.channels, channels));
        }
        summary.add(picture, folder.place(source.picture),
                    source.labels.empty() ? "" : folder.place(source.labels.front()));
        if (channels == 0) range = picture.gray.range;
        channels = picture.input.channels;
        const PictureEntry entry = entry_of(source, picture);
        write_picture(shard, entry, picture);
        pictures.push_back(entry);
        progress.advance();
      }
    }
    manifest.contents = {{"pictures", pictures},
                         {"channels", channels},
                         {"classes", config.labels.kind == "classes" ? config.labels.classes : 2},
                         {"pixel_size_um", pixel_size},
                         {"scaling", scaling_contents(config.scaling, range)}};
    if (static_cast<Index>(channel_names.size()) == channels) {
      manifest.contents["channel_names"] = channel_names;
    }
    if (labelled) manifest.contents["labels"] = label_contents(config.labels, summary.foreground());
    stage.commit(shard, std::move(manifest));
    for (const auto& remark : summary.remarks()) stage.warn(remark);
    stage.say(summary.closing_line(pixel_size));
  });
}
