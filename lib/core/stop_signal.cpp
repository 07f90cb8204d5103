#include "core/stop_signal.hpp"

#include <string.h>

#include <atomic>

namespace unetflow {
namespace {

std::atomic<int> first_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler takes no locks");

void remember(int signal) {
  int none = 0;
  first_signal.compare_exchange_strong(none, signal);
}

}  // namespace

StopSignal::StopSignal() {
  first_signal = 0;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler == SIG_IGN) continue;
    struct sigaction action = {};
    action.sa_handler = remember;
    action.sa_flags = SA_RESTART;
    if (kSignals[i] != SIGXCPU) action.sa_flags |= static_cast<int>(SA_RESETHAND);
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
