// Predicts whole pictures with a trained network: model + images/ -> predictions/.
#include <fmt/format.h>

#include <optional>

#include "artifact/picture_split.hpp"
#include "core/error.hpp"
#include "core/memory.hpp"
#include "core/openmp.hpp"
#include "image/probability.hpp"
#include "image/write_picture.hpp"
#include "network/predictor.hpp"
#include "segmentation/close_gaps.hpp"
#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  let_waiting_threads_sleep(argv);
  Stage stage("predict", kRevision,
              "Predicts pictures with a trained network. --input is the model, then the split, if "
              "there is one, and images shards.",
              "unetflow-predict --config pipelines/em2012/predict.json"
              " --input work/em2012/model/model.json work/em2012/split/split.json"
              " work/em2012/images/00000-of-00004.json"
              " --output work/em2012/predictions/00000-of-00004.json");
  return stage.run(argc, argv, [&] {
    keep_freed_memory();
    auto config = stage.config<PredictConfig>();
    const fs::path& model_path = stage.inputs.front();
    const Manifest model = read_manifest(model_path, "model");
    const auto network = model.content<NetworkConfig>("network");
    if (sees_whole_tile(network)) {
      config.tile_size = model.content<Index>("output_size");
    }
    std::vector<fs::path> shards, splits;
    for (size_t i = 1; i < stage.inputs.size(); ++i) {
      const bool splits_them = read_manifest(stage.inputs[i]).kind == "split";
      (splits_them ? splits : shards).push_back(stage.inputs[i]);
    }
    const auto split = PictureSplit::of(splits);
    const std::string name = ShardName::parse(stage.output).text();
    ShardWriter shard(stage.output);
    Json pictures = Json::array();
    std::vector<Picture<float>> foreground;
    std::optional<Predictor> predictor;  // only if there is something to predict
    for (const auto& path : shards) {
      const ShardReader images(path, "images");
      const auto entries = split.entries(images.manifest(), config.subsets);
      auto progress =
          stage.progress("predict", static_cast<std::int64_t>(entries.size()), "pictures");
      for (const auto& entry : entries) {
        if (!predictor) {
          const auto weights = model_path.parent_path() / "model.safetensors";
          predictor.emplace(config, network, read_safetensors(weights), stage.threads,
                            weights.string());
        }
        const LabelledPicture picture = read_labelled_picture(images, entry);
        auto probability =
            predictor->predict(picture.input.stack(),
                               fmt::format("{} picture {}", images.path().string(), entry.name));
        if (config.close_gaps > 0) close_gaps(config.close_gaps, probability);
        write_probability(shard, entry, probability);
        pictures.push_back(entry);
        if (config.png) {
          const auto map = in_8_bits(foreground_probability(probability));
          write_png(shard.file(fmt::format("{:05}-{}.png", entry.index, entry.name)), map.plane());
        }
        if (config.tiff) foreground.push_back(foreground_probability(probability));
        progress.advance();
      }
    }
    if (!foreground.empty()) {
      std::vector<Plane<const float>> pages;
      for (const auto& map : foreground) pages.emplace_back(map.plane());
      write_tiff<float>(shard.file(name + ".tif"), pages);
    }
    auto manifest = stage.manifest("predictions", config);
    manifest.contents = {{"pictures", pictures}, {"classes", network.classes}};
    shard.commit(std::move(manifest));
  });
}
