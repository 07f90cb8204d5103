#include "core/crash.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "core/printable.hpp"
#include "core/tell.hpp"

namespace unetflow {
namespace {

std::string& program_name() {
  static std::string name;
  return name;
}

thread_local const char* reading = nullptr;

/// A stack for the handler: what crashed may have used up its own.
void use_own_stack() {
  constexpr std::size_t kBytes = 65536;
  thread_local std::array<char, kBytes> memory;
  thread_local bool used = false;
  if (std::exchange(used, true)) return;
  stack_t stack = {};
  sigaltstack(nullptr, &stack);
  if ((stack.ss_flags & SS_DISABLE) == 0) return;  // there is one, as the sanitizers make it
  stack = {};
  stack.ss_sp = memory.data();
  stack.ss_size = memory.size();
  sigaltstack(&stack, nullptr);
}

void tell_and_end(int signal) {
  if (reading == nullptr) {  // SA_RESETHAND: the second time ends the process
    raise(signal);
    return;
  }
  tell(reading);
  _exit(2);
}

}  // namespace

ReadingThrough::ReadingThrough(std::string_view library, std::string_view place)
    : before_(reading) {
  if (program_name().empty()) return;
  use_own_stack();
  line_ = fmt::format("{}: {}: is damaged: {} crashed over it\n", program_name(), printable(place),
                      library);
  reading = line_.c_str();
}

ReadingThrough::~ReadingThrough() { reading = before_; }

void tell_crashes(std::string_view program) {
  program_name() = program;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    struct sigaction action = {};
    action.sa_handler = tell_and_end;
    action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
    sigaction(signal, &action, nullptr);
  }
}

}  // namespace unetflow
