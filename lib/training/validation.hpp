// How well a network in training does on the validation images.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "artifact/picture_split.hpp"
#include "artifact/preprocessing.hpp"
#include "artifact/training_log.hpp"
#include "metrics/evaluate.hpp"
#include "network/predictor.hpp"
#include "training/train_config.hpp"

namespace unetflow {

class Validation {
 public:
  /// Reads the labelled images of these images shards that the split has for validation.
  /// `output_size` is that of training's `tiles`, px. Throws InputError if the configuration asks
  /// for measurements and there are none, or none with foreground, or if the images are unlike
  /// those of the tiles; but they may have other pixels, as where tiles were cut on larger ones.
  Validation(const TrainConfig& config, Index output_size, const Preprocessed& tiles,
             const std::vector<std::filesystem::path>& images, const PictureSplit& split,
             int threads);
  /// Predicts the images, on the tiles' pixels, and measures them. The network must be on its
  /// device. Nothing once `stop`, which is asked before each image, says so.
  std::optional<ValidationScores> measure(const Network& network,
                                          const std::function<bool()>& stop) const;

 private:
  TrainConfig config_;
  Index output_size_;
  int threads_;
  std::vector<Picture<float>> inputs_;
  std::vector<std::array<double, 2>> scales_;  ///< to the pixels that the network knows
  std::vector<PredictedPicture> pictures_;     // without their predictions
};

}  // namespace unetflow
