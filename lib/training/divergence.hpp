// Detects a training that diverges: its loss or weights become infinite or not a number.
#pragma once

#include <cstdint>

#include "flow/batch.hpp"

namespace unetflow {

class Network;

/// Throws Error naming update, epoch and samples if the loss of a batch is not finite.
void check_loss(double loss, std::int64_t update, const Batch& batch);

/// Throws Error naming the parameter if weights are not finite. To be called before weights are
/// kept: a finite loss may have had gradients that were not finite.
void check_weights(const Network& network, std::int64_t updates);

}  // namespace unetflow
