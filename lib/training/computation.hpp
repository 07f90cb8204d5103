// What the result of a training depends on besides its inputs and its configuration. In float32 on
// a CPU, U-Nets compute with sums in a fixed order, and only fused multiply-add makes a difference.
// Elsewhere sums of floats depend on how they are split among threads, on the instruction set and
// on LibTorch. A training that was begun in one way is not resumed in another, as its model would
// be of neither.
#pragma once

#include <optional>
#include <string>

#include "core/config.hpp"

namespace unetflow {

class Network;

/// Device, precision and convolution; of a network that computes in a fixed order, whether there is
/// fused multiply-add, and else, on a processor, threads, the instruction set as LibTorch chose it,
/// LibTorch's version, and those environment variables that change any of it, if they are set. On a
/// GPU its name instead of threads and instructions; in bfloat16 also whose kernels there are, and
/// how many multiprocessors, which the order of their sums depends on.
Json computation_of(const Network& network, int threads);

/// Nothing if both are equal; else a line that says what differs, and how to go on with the
/// training that was `begun`.
std::optional<std::string> other_computation(const Json& begun, const Json& now);

}  // namespace unetflow
