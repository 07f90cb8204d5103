// Which GPU a process computes on.
#pragma once

namespace unetflow {

class Communicator;

/// Of the processes on one host each takes another GPU, unless each sees only its own.
void take_own_gpu(Communicator& processes);

}  // namespace unetflow
