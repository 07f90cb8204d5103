// Says which images train, validate and are held out: images/ -> split/.
#include "ingest/split.hpp"

#include <fmt/format.h>

#include "artifact/preprocessing.hpp"
#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage("split", kRevision,
              "Says which images train, validate, are held out or are only predicted. --input are "
              "all images manifests.",
              "unetflow-split --config pipelines/em2012/split.json"
              " --input work/em2012/images/*.json --output work/em2012/split/split.json");
  stage.takes({"images"});
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<SplitConfig>();
    auto manifest = stage.manifest("split", config);
    if (stage.up_to_date(manifest)) return;
    std::vector<PictureEntry> pictures;
    check_one_set(stage.inputs());
    std::map<std::string, std::string> sha256_of;
    for (const auto& input : stage.inputs()) {
      const Manifest images = read_manifest(input, "images");
      for (auto& entry : picture_entries(images)) pictures.push_back(std::move(entry));
      for (const auto& file : images.sources) sha256_of[file.path] = file.sha256;
    }
    const auto split = split_pictures(config, std::move(pictures), stage.config_place());
    for (const auto& file : divided_files(split)) {
      stage.warn(fmt::format("{} has pages that train and pages that do not", file));
    }
    for (const auto& copy : trained_copies(split, sha256_of)) {
      stage.warn("trains under another name, so that measuring it tells nothing: " + copy);
    }
    ArtifactWriter artifact(stage.output);
    manifest.contents = {{"pictures", split}};
    stage.commit(artifact, std::move(manifest));
  });
}
