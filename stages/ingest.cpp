// Reads picture files and their labels: source pictures -> images/.
#include "ingest/ingest.hpp"

#include <fmt/format.h>

#include <map>

#include "artifact/picture_shard.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage(
      "ingest", kRevision,
      "Reads PNG and TIFF pictures with their labels. --input is the folder they lie in, or "
      "the manifest of a stage that made them.",
      "unetflow-ingest --config pipelines/em2012/ingest.json --input EM_2012"
      " --output work/em2012/images/00000-of-00004.json");
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<IngestConfig>();
    check_ingest(config, stage.config_path.string());
    const bool made = stage.only_input().extension() == ".json";
    if (made) read_manifest(stage.only_input(), "pictures");
    const fs::path root = made ? stage.only_input().parent_path() : stage.only_input();
    const auto all = list_pictures(config, root);
    const auto [first, last] =
        ShardName::parse(stage.output).range(static_cast<std::int64_t>(all.size()));

    ShardWriter shard(stage.output);
    Json pictures = Json::array();
    std::map<std::string, std::string> digests;
    Index channels = 0;
    auto progress = stage.progress("ingest", last - first, "pictures");
    for (auto i = first; i < last; ++i) {
      const SourcePicture& source = all[static_cast<size_t>(i)];
      const LabelledPicture picture = ingest_picture(config, root, source);
      if (channels != 0 && picture.input.channels != channels) {
        throw InputError(
            fmt::format("{} page {}", (root / source.picture).string(), source.picture_page),
            fmt::format("has {} channels, expected {} like the pictures before it",
                        picture.input.channels, channels));
      }
      channels = picture.input.channels;
      const PictureEntry entry{source.index,
                               source.name,
                               source.subset,
                               picture.input.height,
                               picture.input.width,
                               !source.labels.empty(),
                               picture.instances.height > 0,
                               source.picture};
      write_picture(shard, entry, picture);
      pictures.push_back(entry);
      for (const auto& file : {source.picture, source.labels}) {
        if (!file.empty() && !digests.contains(file)) digests[file] = sha256_of_file(root / file);
      }
      progress.advance();
    }

    // A folder is no artifact: what came from it is named file by file.
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
