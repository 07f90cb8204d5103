// Detects a training that diverges: its loss or weights become infinite or not a number.
#pragma once

#include <cstdint>
#include <vector>

#include "artifact/sample_id.hpp"

namespace unetflow {

class Network;

/// Throws Error naming update, epoch and samples if their loss is not finite.
void check_loss(double loss, std::int64_t update, std::uint32_t epoch,
                const std::vector<SampleId>& samples);

/// Throws Error naming the parameter if weights are not finite. To be called before weights are
/// kept: a finite loss may have had gradients that were not finite.
void check_weights(const Network& network, std::int64_t updates);

}  // namespace unetflow
