#include "core/stop_signal.hpp"

#include <string.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace unetflow {
namespace {

std::atomic<int> first_signal = 0;
std::array<std::atomic<std::int64_t>, NSIG> came =
    {};  ///< when the first of a kind did, ns; 0: none
static_assert(std::atomic<int>::is_always_lock_free &&
                  std::atomic<std::int64_t>::is_always_lock_free,
              "a signal handler takes no locks");

std::int64_t now() {
  struct timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{1'000'000'000} * time.tv_sec + time.tv_nsec;
}

void remember(int signal) {
  int none = 0;
  first_signal.compare_exchange_strong(none, signal);
  std::int64_t first = 0;
  const std::int64_t time = now();
  if (came[static_cast<std::size_t>(signal)].compare_exchange_strong(first, time)) return;
  if (signal == SIGXCPU || time - first < StopSignal::kOne.count()) return;
  ::signal(signal, SIG_DFL);
  raise(signal);
}

}  // namespace

StopSignal::StopSignal() {
  first_signal = 0;
  for (auto& time : came) time = 0;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler == SIG_IGN) continue;
    struct sigaction action = {};
    action.sa_handler = remember;
    action.sa_flags = SA_RESTART;
    sigaction(kSignals[i], &action, nullptr);
  }
}

StopSignal::~StopSignal() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &before_[i], nullptr);
  }
}

bool StopSignal::raised() const { return first_signal != 0; }

std::string StopSignal::name() const {
  const char* abbreviation = sigabbrev_np(first_signal);
  return raised() && abbreviation != nullptr ? std::string("SIG") + abbreviation : std::string();
}

}  // namespace unetflow
