#include "training/validation.hpp"

#include <algorithm>

#include "artifact/picture_shard.hpp"
#include "core/error.hpp"
#include "image/probability.hpp"

namespace unetflow {
namespace {

/// How many times as many rows and columns, [y, x], images have on the pixels that tiles were cut
/// on. Throws InputError where they differ in anything else.
std::array<double, 2> checked_scale(Preprocessed images, const Preprocessed& tiles) {
  constexpr const char* kPixelSize = "pixel_size_um";
  std::array<double, 2> scale = {1, 1};
  if (other_pixel_size(images, tiles)) {
    scale = *pixel_ratio(images, tiles);
    images.preprocessing[kPixelSize] = tiles.preprocessing[kPixelSize];
  }
  check_alike(images, tiles);
  return scale;
}

}  // namespace

Validation::Validation(const TrainConfig& config, Index output_size, const Preprocessed& tiles,
                       const std::vector<std::filesystem::path>& images, const PictureSplit& split,
                       int threads)
    : config_(config), output_size_(output_size), threads_(threads) {
  if (config.validation.every == 0) return;
  bool foreground = false;
  for (const auto& path : images) {
    const ShardReader shard(path, "images");
    for (const auto& entry : split.entries(shard.manifest(), {"validation"})) {
      if (!entry.labelled) continue;
      scales_.push_back(
          checked_scale({path.string(), preprocessing_of(shard.manifest().contents)}, tiles));
      LabelledPicture picture = read_labelled_picture(shard, entry);
      const auto& classes = picture.label.values;
      foreground = foreground || std::any_of(classes.begin(), classes.end(),
                                             [](auto id) { return id != 0 && id != kIgnored; });
      inputs_.push_back(std::move(picture.input));
      pictures_.push_back({.name = entry.name,
                           .index = entry.index,
                           .label = std::move(picture.label),
                           .instances = std::move(picture.instances),
                           .foreground = {},
                           .segments = {},
                           .class_count = shard.manifest().classes(),
                           .classes = {},
                           .cores = {}});
    }
  }
  if (inputs_.empty()) {
    throw InputError("--input",
                     "holds no labelled images of subset \"validation\", which /validation/every "
                     "needs: list some in the split's /validation, and add the split and images "
                     "shards");
  }
  if (!foreground) {
    throw InputError("--input",
                     "holds images of subset \"validation\" none of which has a pixel annotated as "
                     "foreground: V_rand, which /validation/every asks for, has no value for them");
  }
}

std::optional<ValidationScores> Validation::measure(const Network& network,
                                                    const std::function<bool()>& stop) const {
  // All predictions first, and here: LibTorch keeps to the trainer's thread.
  std::vector<PredictedPicture> predicted = pictures_;
  const Predictor predictor({}, network, output_size_);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (stop()) return {};
    predicted[i].foreground = foreground_probability(
        predictor.predict(inputs_[i].stack(), "image " + predicted[i].name, scales_[i]));
  }
  const Metrics metrics = {&metric_named("v_rand"), &metric_named("v_info"),
                           &metric_named("pixel_error")};
  const auto evaluation = evaluate(
      metrics, {.resamples = 0}, predicted.size(),
      [&](size_t i) { return std::move(predicted[i]); }, threads_, [] {});
  const auto& results = evaluation.metrics;  // in the order of `metrics`
  return ValidationScores{results[0].value(), results[1].value(), results[2].value()};
}

}  // namespace unetflow
