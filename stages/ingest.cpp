// Reads image files and their labels: source pictures -> images/.
#include "ingest/ingest.hpp"

#include <fmt/format.h>

#include <map>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage(
      "ingest", kRevision,
      "Reads PNG, TIFF, JPEG and HDF5 images with their labels. --input is the folder that they "
      "are in, or the manifest of a stage that made them.",
      "unetflow-ingest --config pipelines/em2012/ingest.json --input EM_2012"
      " --output work/em2012/images/00000-of-00004.json");
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<IngestConfig>();
    check_ingest(config, stage.config_path.string());
    const bool made = stage.only_input().extension() == ".json";
    if (made) read_manifest(stage.only_input(), "pictures");
    PictureFolder folder(made ? stage.only_input().parent_path() : stage.only_input());
    const auto all = list_pictures(config, folder);
    const auto [first, last] =
        ShardName::parse(stage.output).range(static_cast<std::int64_t>(all.size()));

    ShardWriter shard(stage.output);
    Json pictures = Json::array();
    std::map<std::string, std::string> digests;
    Index channels = 0;
    auto progress = stage.progress("ingest", last - first, "pictures");
    for (auto i = first; i < last; ++i) {
      const SourcePicture& source = all[static_cast<size_t>(i)];
      const LabelledPicture picture = ingest_picture(config, folder, source);
      if (channels != 0 && picture.input.channels != channels) {
        throw InputError(folder.place(source.picture),
                         fmt::format("has {} channels, expected {} like the images before it",
                                     picture.input.channels, channels));
      }
      channels = picture.input.channels;
      const PictureEntry entry = entry_of(source, picture);
      write_picture(shard, entry, picture);
      pictures.push_back(entry);
      for (const auto& page : {source.picture, source.labels}) {
        if (page.file.empty() || digests.contains(page.file)) continue;
        digests[page.file] = sha256_of_file(folder.path(page));
      }
      progress.advance();
    }

    // A folder is not an artifact: what came from it is named file by file.
    if (!made) stage.inputs.clear();
    auto manifest = stage.manifest("images", config);
    for (const auto& [file, digest] : digests) manifest.sources.push_back({file, digest});
    manifest.contents = {{"pictures", pictures},
                         {"channels", channels},
                         {"classes", config.labels.kind == "classes" ? config.labels.classes : 2},
                         {"pixel_size_um", config.pixel_size}};
    shard.commit(std::move(manifest));
  });
}
