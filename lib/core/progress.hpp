// How far a stage has come: on a terminal a bar with rate and time left, otherwise plain lines, one
// every ten seconds at most and a last one. Everything goes to standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace unetflow {

class Progress {
 public:
  /// `title` names the work and `unit` what is counted ("pictures"). Quiet prints nothing.
  Progress(const std::string& title, std::int64_t total, const std::string& unit, bool quiet,
           std::int64_t already_done = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Counts `count` more as done; `note`, such as the current loss, is shown behind the rate.
  /// Thread-safe.
  void advance(std::int64_t count = 1, const std::string& note = {});

 private:
  using Clock = std::chrono::steady_clock;
  void show(Clock::time_point now, bool last);

  std::mutex mutex_;
  std::string title_, unit_, note_;
  std::int64_t total_, done_, done_at_start_;
  bool quiet_, terminal_;
  Clock::time_point start_, shown_;
  bool drawn_ = false;
};

}  // namespace unetflow
