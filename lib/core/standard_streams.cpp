#include "core/standard_streams.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "core/error.hpp"
#include "core/failure.hpp"
#include "core/printable.hpp"
#include "core/tell.hpp"

namespace unetflow {
namespace {

[[noreturn]] void end_with_one_line() {
  const bool thrown = std::current_exception() != nullptr;
  tell(fmt::format("unetflow: {}\n", thrown ? printable(current_failure().message)
                                            : "internal error: ended by the C++ library"));
  _Exit(1);
}

Error cannot_be_written() {
  return Error(fmt::format("standard output: cannot be written: {}", strerror(errno)));
}

}  // namespace

void prepare_process() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest free number, which is this one.
    open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;  // a training holds all its shards open
    setrlimit(RLIMIT_NOFILE, &files);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::set_terminate(end_with_one_line);
}

void write_standard_output(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      pollfd ready = {STDOUT_FILENO, POLLOUT, 0};
      poll(&ready, 1, -1);
      continue;
    }
    if (written < 0) throw cannot_be_written();
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  // Some file systems say only on closing that they had no room; closing a copy asks them.
  const int copy = dup(STDOUT_FILENO);
  if (copy >= 0 && close(copy) != 0 && errno != EINTR) throw cannot_be_written();
}

}  // namespace unetflow
