// How many threads this process may use.
#pragma once

#include <string>

namespace unetflow {

/// Processors of this process's affinity mask, and no more than the container's CPU quota
/// (cgroup v2 cpu.max, rounded up): oneTBB and OpenMP know nothing of the quota. At least 1.
int available_threads();

/// The processors of the affinity mask, as text: "0 1 4".
std::string processors_in_words();

}  // namespace unetflow
