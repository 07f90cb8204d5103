// The gradients of processes that train one network together, summed during the backward pass.
#pragma once

#include <memory>

#include "communication/array_sum.hpp"
#include "core/json.hpp"

namespace unetflow {

class Communicator;
class Network;

/// Gradients are gathered in buckets of some megabytes, in the order in which the first backward
/// pass makes them. A bucket that is full is summed while the backward pass makes the next ones. On
/// a CPU sums have the order of batches, so they are the bytes of one process that adds up all.
class GradientSum {
 public:
  /// Keeps references; the parameters must be on their device.
  GradientSum(Communicator& processes, const Network& network);
  ~GradientSum();
  /// Before the backward passes that the processes make at once.
  void begin(const Round& round);
  /// After it; also by a process that has no batch in this round. If the round ends the sums, they
  /// are the parameters' gradients then, and else there are none.
  void finish();
  /// Milliseconds per round that sums took, and that the trainer waited for them.
  Json timing() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
