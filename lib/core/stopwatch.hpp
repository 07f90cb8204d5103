// Time by the clock. Never part of an artifact: for logs, progress and limits.
#pragma once

#include <chrono>

namespace unetflow {

/// The time since it was made or restarted.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  double minutes() const { return seconds() / 60; }
  void restart() { start_ = Clock::now(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace unetflow
