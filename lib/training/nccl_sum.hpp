// Sums over processes that have a GPU each, by NCCL on a stream of its own: no thread watches it,
// so it can be recorded in a CUDA graph with the rest of a step.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "communication/array_sum.hpp"

namespace unetflow {

class Communicator;

/// The arrays are in the memory of the current GPU. Each round begins and ends a sum. In which
/// order NCCL adds depends on the number of processes and on how they are connected. Nothing if
/// this program is built without NCCL's headers.
std::unique_ptr<ArraySum> make_nccl_sum(Communicator& processes,
                                        const std::vector<std::span<float>>& arrays);

}  // namespace unetflow
