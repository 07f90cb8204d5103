// Stopping on request.
#pragma once

#include <array>
#include <csignal>
#include <string>

namespace unetflow {

/// While one exists, the first of each of the signals that terminals, people and batch systems send
/// (SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU) only asks this process to stop, and the second of
/// the same kind ends it. SIGXCPU never does: the kernel repeats it each second. A signal that is
/// ignored, as nohup does with SIGHUP, stays ignored. There may be one at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool raised() const;
  /// The name of the first signal that came, such as "SIGTERM"; empty while none has.
  std::string name() const;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU};
  std::array<struct sigaction, kSignals.size()> before_ = {};
};

}  // namespace unetflow
