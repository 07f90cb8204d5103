// Stopping when asked to.
#pragma once

namespace unetflow {

/// From its construction on, the first SIGINT or SIGTERM asks this process to stop instead of
/// ending it; the second one ends it. One at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  bool raised() const;
};

}  // namespace unetflow
