// What unetflow-predict does with LibTorch, once it is known that there is something to do.
#pragma once

#include "network/predictor.hpp"
#include "stage.hpp"

namespace unetflow {

/// Predicts the images among the stage's inputs with the model among them, and writes the shard
/// that `manifest` is about.
void predict(Stage& stage, const PredictConfig& config, Manifest manifest);

}  // namespace unetflow
