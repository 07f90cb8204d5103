#include "predict_with_libtorch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>

#include "artifact/picture_files.hpp"
#include "artifact/picture_split.hpp"
#include "core/memory.hpp"
#include "image/probability.hpp"
#include "image/write_picture.hpp"
#include "network/gpu.hpp"
#include "network/model.hpp"
#include "segmentation/close_gaps.hpp"

namespace unetflow {
namespace {

/// All images that will be predicted.
std::vector<PictureEntry> chosen_entries(const std::vector<fs::path>& images,
                                         const PictureSplit& split,
                                         const std::vector<std::string>& subsets) {
  std::vector<PictureEntry> all;
  for (const auto& path : images) {
    const auto entries = split.entries(read_manifest(path, "images"), subsets);
    all.insert(all.end(), entries.begin(), entries.end());
  }
  return all;
}

}  // namespace

std::array<double, 2> check_images(const Stage& stage, const PredictConfig& config,
                                   const Preprocessed& images, const Preprocessed& trained,
                                   bool say) {
  const auto refuse = [&](const std::optional<std::string>& sentence, const std::string& remedy) {
    if (sentence) throw InputError(images.name, *sentence + remedy);
  };
  refuse(other_channels(images, trained), "");
  if (!config.any_scaling) {
    refuse(other_scaling(images, trained),
           ": ingest them like that, or set /any_scaling where 0 and 1 mean the same");
  }
  if (!config.resample) {
    refuse(other_pixel_size(images, trained),
           ": predict with --resample, or mend pixel_size of ingest's configuration");
  }
  for (const auto differs : {other_labels, other_channel_names}) {
    const auto sentence = differs(images, trained);
    if (say && sentence) stage.say(images.name + " " + *sentence);
  }
  const auto sentence = not_compared(images, trained);
  const auto ratio = pixel_ratio(images, trained);
  if (config.resample && !ratio) {
    throw InputError(images.name, "cannot be resampled: " + *sentence);
  }
  constexpr double kLargest = 16;  // beyond it, a unit is wrong
  for (const double axis : ratio.value_or(std::array{1., 1.})) {
    if (config.resample && std::max(axis, 1 / axis) > kLargest) {
      throw InputError(images.name, fmt::format("has pixels {:.3g} times as large as those in {}, "
                                                "expected at most {} times: is a unit wrong?",
                                                axis, trained.name, kLargest));
    }
  }
  if (say && sentence) stage.say(*sentence);
  return config.resample ? *ratio : std::array{1., 1.};
}

void predict(Stage& stage, const PredictConfig& config, Manifest manifest) {
  retain_freed_memory();
  const Model model = read_model(stage.input_of("model"));
  const auto shards = stage.inputs_of("images");
  const auto split = PictureSplit::of(stage.inputs_of("split"));
  check_one_set(shards);
  const std::string name = ShardName::parse(stage.output).text();
  ShardWriter shard(stage.output);
  Json pictures = Json::array();
  std::shared_ptr<const Network> network;  // only if there is something to predict
  std::optional<Predictor> predictor;
  std::optional<PictureFiles<float>> tiff;
  Json pixel_size = Json::array();
  for (const auto& path : shards) {
    const ShardReader images(path, "images");
    const auto entries = split.entries(images.manifest(), config.subsets);
    if (entries.empty()) continue;
    const auto scale =
        check_images(stage, config, {path.string(), preprocessing_of(images.manifest().contents)},
                     model.trained_on, pictures.empty());
    pixel_size = images.manifest().contents.value("pixel_size_um", pixel_size);
    auto progress = stage.progress("predict", static_cast<std::int64_t>(entries.size()), "images");
    for (const auto& entry : entries) {
      if (!network) {
        network = load_network(config, model, stage.threads);
        predictor.emplace(config, *network, model.output_size);
        for (const auto& line :
             device_lines(config.device, predictor->arithmetic(), stage.threads)) {
          stage.say(line);
        }
      }
      const LabelledPicture picture = read_labelled_picture(images, entry);
      auto probability =
          predictor->predict(picture.input.stack(),
                             fmt::format("{} image {}", images.path().string(), entry.name), scale);
      if (config.close_gaps > 0) close_gaps(config.close_gaps, probability);
      write_probability(shard, entry, probability);
      pictures.push_back(entry);
      const auto foreground = foreground_probability(probability);
      if (config.png) {
        write_png(shard.file(file_name_of(entry) + ".png"), in_8_bits(foreground).plane());
      }
      const PictureOutputs outputs = {config.tiff, config.ome_tiff, config.ome_zarr};
      if (outputs.any()) {
        if (!tiff) {
          tiff.emplace([&](const auto& file) { return shard.file(file); }, name,
                       chosen_entries(shards, split, config.subsets), pixel_size, outputs);
        }
        tiff->add(foreground.plane());
      }
      progress.advance();
    }
  }
  if (tiff) tiff->close();
  if (pictures.empty()) {
    stage.say(fmt::format("no image is of subset {}: none is predicted (see /subsets)",
                          fmt::join(config.subsets, ", ")));
  }
  manifest.contents = {
      {"pictures", pictures}, {"classes", model.network.classes}, {"pixel_size_um", pixel_size}};
  stage.commit(shard, std::move(manifest));
}

}  // namespace unetflow
