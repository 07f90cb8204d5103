#include "core/stop_signal.hpp"

#include <atomic>
#include <csignal>

namespace unetflow {
namespace {

std::atomic<bool> stop_asked_for = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no locks");

void handle(void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
  stop_asked_for = false;
  handle([](int) { stop_asked_for = true; }, static_cast<int>(SA_RESETHAND) | SA_RESTART);
}

StopSignal::~StopSignal() { handle(SIG_DFL, 0); }

bool StopSignal::raised() const { return stop_asked_for; }

}  // namespace unetflow
