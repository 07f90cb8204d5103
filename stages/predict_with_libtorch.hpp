// What unetflow-predict does with LibTorch, once it is known that there is something to do.
#pragma once

#include "artifact/preprocessing.hpp"
#include "network/predictor.hpp"
#include "stage.hpp"

namespace unetflow {

/// Predicts the images among the stage's inputs with the model among them, and writes the shard
/// that `manifest` is about.
void predict(Stage& stage, const PredictConfig& config, Manifest manifest);

/// Throws InputError where images are not like those that the model was trained on; with `say`,
/// says what cannot be compared. `scaling_remedy` ends the line about another scaling. Returns by
/// how much they are resampled, [y, x].
std::array<double, 2> check_images(const Stage& stage, const PredictConfig& config,
                                   const Preprocessed& images, const Preprocessed& trained,
                                   bool say, const std::string& scaling_remedy);

}  // namespace unetflow
