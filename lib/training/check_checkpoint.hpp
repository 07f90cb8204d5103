// Whether a training can have come to a checkpoint: what is read from a file is not believed.
#pragma once

#include <cstdint>
#include <string>

#include "training/best_weights.hpp"
#include "training/checkpoint.hpp"
#include "training/train_config.hpp"

namespace unetflow {

/// Throws InputError(place at /position/KEY, ...) unless a training of this configuration, with so
/// many samples in an epoch, comes by this position: it ends in the middle of no update.
void check_position(const TrainConfig& config, std::int64_t samples,
                    const TrainingPosition& position, const std::string& place);

/// Throws InputError(place at /progress/best/KEY, ...) unless these can be the best weights there.
void check_best(const TrainConfig& config, const TrainingPosition& position,
                const BestWeights& best, const std::string& place);

}  // namespace unetflow
