// Stopping on request.
#pragma once

namespace unetflow {

/// While one exists, the first SIGINT or SIGTERM only asks this process to stop; the second one
/// ends it. There may be one at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  bool raised() const;
};

}  // namespace unetflow
