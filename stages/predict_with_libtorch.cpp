#include "predict_with_libtorch.hpp"

#include <fmt/format.h>

#include <optional>

#include "artifact/picture_split.hpp"
#include "core/memory.hpp"
#include "image/probability.hpp"
#include "image/write_picture.hpp"
#include "network/model.hpp"
#include "segmentation/close_gaps.hpp"

namespace unetflow {
namespace {

/// Of the foreground probabilities of all images of these subsets, as 32-bit floats.
double foreground_bytes(const std::vector<fs::path>& images, const PictureSplit& split,
                        const std::vector<std::string>& subsets) {
  double bytes = 0;
  for (const auto& path : images) {
    for (const auto& entry : split.entries(read_manifest(path, "images"), subsets)) {
      bytes += static_cast<double>(entry.height * entry.width) * sizeof(float);
    }
  }
  return bytes;
}

}  // namespace

void predict(Stage& stage, const PredictConfig& config, Manifest manifest) {
  retain_freed_memory();
  const Model model = read_model(stage.input_of("model"));
  const auto shards = stage.inputs_of("images");
  const auto split = PictureSplit::of(stage.inputs_of("split"));
  const std::string name = ShardName::parse(stage.output).text();
  ShardWriter shard(stage.output);
  Json pictures = Json::array();
  std::shared_ptr<const Network> network;  // only if there is something to predict
  std::optional<Predictor> predictor;
  std::optional<TiffWriter> tiff;
  for (const auto& path : shards) {
    const ShardReader images(path, "images");
    const auto entries = split.entries(images.manifest(), config.subsets);
    auto progress = stage.progress("predict", static_cast<std::int64_t>(entries.size()), "images");
    for (const auto& entry : entries) {
      if (!network) {
        network = load_network(config, model, stage.threads);
        predictor.emplace(config, *network, model.output_size);
      }
      const LabelledPicture picture = read_labelled_picture(images, entry);
      auto probability = predictor->predict(
          picture.input.stack(), fmt::format("{} image {}", images.path().string(), entry.name));
      if (config.close_gaps > 0) close_gaps(config.close_gaps, probability);
      write_probability(shard, entry, probability);
      pictures.push_back(entry);
      const auto foreground = foreground_probability(probability);
      if (config.png) {
        write_png(shard.file(fmt::format("{:05}-{}.png", entry.index, entry.name)),
                  in_8_bits(foreground).plane());
      }
      if (config.tiff) {
        if (!tiff) {
          tiff.emplace(shard.file(name + ".tif"), foreground_bytes(shards, split, config.subsets));
        }
        tiff->add<float>(foreground.plane());
      }
      progress.advance();
    }
  }
  if (tiff) tiff->close();
  manifest.contents = {{"pictures", pictures}, {"classes", model.network.classes}};
  stage.commit(shard, std::move(manifest));
}

}  // namespace unetflow
