// What unetflow-train does with LibTorch, once it is known that there is something to do.
#pragma once

#include "flow/tile_source.hpp"
#include "stage.hpp"
#include "training/train_config.hpp"

namespace unetflow {

struct TrainJob {
  TrainConfig config;
  TileSourceConfig samples;  ///< how tiles become samples on the fly
  fs::path start;            ///< weights to start from; empty: random ones
  bool frozen_encoder;       ///< whether its part of them stays as it is
  Manifest identity;
};

/// Trains on the stage's inputs and writes the model. Resumes from the newest checkpoint of the
/// same training. Throws Error when it was asked to stop.
void train(Stage& stage, const TrainJob& job);

}  // namespace unetflow
