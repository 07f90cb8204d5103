#include "figure/gnuplot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>

#include "core/error.hpp"
#include "core/printable.hpp"

namespace unetflow {

namespace {

/// Why gnuplot ended as it did: its own first complaint, without the place in a script that the
/// user does not know.
std::string reason(const ScratchFolder& folder, int status) {
  if (WIFSIGNALED(status)) return fmt::format("it was ended by signal {}", WTERMSIG(status));
  std::istringstream messages(folder.read("messages"));
  std::string first;
  for (std::string line; std::getline(messages, line);) {
    if (line.starts_with("\"script\" line ") && line.find("warning:") == std::string::npos) {
      return line.substr(line.find(": ") + 2);
    }
    if (first.empty()) first = line;
  }
  return first.empty() ? fmt::format("exit code {}", WEXITSTATUS(status)) : first;
}

}  // namespace

void run_gnuplot(const ScratchFolder& folder, std::string_view script, const std::string& subject) {
  folder.write("script", script);
  const std::string path = folder.path().string();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, path.c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "messages",
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  // This process ignores these two signals (prepare_process).
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t ignored;
  sigemptyset(&ignored);
  sigaddset(&ignored, SIGPIPE);
  sigaddset(&ignored, SIGXFSZ);
  posix_spawnattr_setsigdefault(&attributes, &ignored);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::string program = "gnuplot", settings = "--default-settings", file = "script";
  char* arguments[] = {program.data(), settings.data(), file.data(), nullptr};
  pid_t process = 0;
  const int failure =
      posix_spawnp(&process, program.c_str(), &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    throw Error(fmt::format("{}: gnuplot, which draws it, cannot be started: {}", subject,
                            strerror(failure)));
  }
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw Error(fmt::format("{}: gnuplot cannot draw it: {}", subject, reason(folder, status)));
}

std::string gnuplot_string(std::string_view text) {
  std::string quoted = "'";
  for (const char c : printable(text)) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace unetflow
