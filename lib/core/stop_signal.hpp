// Stopping on request.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <string>

namespace unetflow {

/// While one exists, the first of each of the signals that terminals, people and batch systems send
/// (SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU) only asks this process to stop, and the next of the
/// same kind ends it. One that comes within kOne is the same: what is sent to a group of processes,
/// make sends to its children again. SIGXCPU never ends it: the kernel repeats it each second. A
/// signal that is ignored, as nohup does with SIGHUP, stays ignored. There may be one at a time.
class StopSignal {
 public:
  static constexpr std::chrono::nanoseconds kOne = std::chrono::seconds(1);

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
