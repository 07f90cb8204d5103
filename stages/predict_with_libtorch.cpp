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
#include "network/ensemble.hpp"
#include "network/gpu.hpp"
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

/// Adds rows below those of an image of one channel, which may be empty.
void append_rows(const Picture<float>& rows, Picture<float>& image) {
  image.channels = 1;
  image.width = rows.width;
  image.height += rows.height;
  image.values.insert(image.values.end(), rows.values.begin(), rows.values.end());
}

/// Only if there is something to predict.
void load_once(const Stage& stage, const PredictConfig& config, Ensemble& ensemble) {
  if (ensemble.is_loaded()) return;
  ensemble.load(config, stage.threads);
  for (const auto& line : device_lines(config.device, ensemble.arithmetic(), stage.threads)) {
    stage.say(line);
  }
}

/// By how much images are resampled for each model. Throws InputError as check_images() does.
std::vector<std::array<double, 2>> scales_of(const Stage& stage, const PredictConfig& config,
                                             const ShardReader& images, const Ensemble& ensemble,
                                             bool say) {
  std::vector<std::array<double, 2>> scales;
  for (const auto& model : ensemble.models()) {
    scales.push_back(check_images(
        stage, config, {images.path().string(), preprocessing_of(images.manifest().contents)},
        model.trained_on, say));
  }
  return scales;
}

void predict_rows(const PredictConfig& config, const Ensemble& ensemble, const ShardReader& images,
                  const PictureEntry& entry, const std::vector<std::array<double, 2>>& scales,
                  const Predictor::Rows& rows) {
  const auto image = read_image(images, entry);
  const std::string place = fmt::format("{} image {}", images.path().string(), entry.name);
  if (config.close_gaps == 0) return ensemble.predict(image.stack(), place, scales, rows);
  auto probability = ensemble.predict(image.stack(), place, scales);
  close_gaps(config.close_gaps, probability);
  rows(probability);
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
  if (config.test_time_augmentation) {
    refuse(oblong_pixels(config.resample ? trained : images),
           ": /test_time_augmentation would turn them by a quarter");
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
  Ensemble ensemble(stage.inputs_of("model"));
  const auto shards = stage.inputs_of("images");
  const auto split = PictureSplit::of(stage.inputs_of("split"));
  check_one_set(shards);
  const std::string name = ShardName::parse(stage.output).text();
  const Index classes = ensemble.models()[0].network.classes;
  ShardWriter shard(stage.output);
  Json pictures = Json::array();
  std::optional<PictureFiles<float>> tiff;
  Json pixel_size = Json::array();
  for (const auto& path : shards) {
    const ShardReader images(path, "images");
    const auto entries = split.entries(images.manifest(), config.subsets);
    if (entries.empty()) continue;
    const auto scales = scales_of(stage, config, images, ensemble, pictures.empty());
    pixel_size = images.manifest().contents.value("pixel_size_um", pixel_size);
    auto progress = stage.progress("predict", static_cast<std::int64_t>(entries.size()), "images");
    for (const auto& entry : entries) {
      load_once(stage, config, ensemble);
      const PictureOutputs outputs = {config.tiff, config.ome_tiff, config.ome_zarr};
      Picture<float> foreground;
      ProbabilityWriter writer(shard, entry, classes);
      predict_rows(config, ensemble, images, entry, scales, [&](const Picture<float>& rows) {
        writer.add(rows);
        if (config.png || outputs.any()) append_rows(foreground_probability(rows), foreground);
      });
      pictures.push_back(entry);
      if (config.png) {
        write_png(shard.file(file_name_of(entry) + ".png"), in_8_bits(foreground).plane());
      }
      if (outputs.any()) {
        if (!tiff) {
          tiff.emplace([&](const auto& file) { return shard.file(file); }, name,
                       chosen_entries(shards, split, config.subsets), pixel_size, outputs);
        }
        tiff->add(std::as_const(foreground).plane());
      }
      progress.advance();
    }
  }
  if (tiff) tiff->close();
  if (pictures.empty()) {
    stage.say(fmt::format("no image is of subset {}: none is predicted (see /subsets)",
                          fmt::join(config.subsets, ", ")));
  }
  manifest.contents = {{"pictures", pictures}, {"classes", classes}, {"pixel_size_um", pixel_size}};
  const int rim = ensemble.models()[0].rim;
  if (rim > 0) manifest.contents["rim"] = rim;
  stage.commit(shard, std::move(manifest));
}

}  // namespace unetflow
