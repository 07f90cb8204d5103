// How many threads this process may use.
#pragma once

namespace unetflow {

/// Processors of this process's affinity mask, and no more than the container's CPU quota
/// (cgroup v2 cpu.max, rounded up): oneTBB and OpenMP know nothing of the quota. At least 1.
int available_threads();

}  // namespace unetflow
