#include "core/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <exception>

#include "core/printable.hpp"
#include "core/tell.hpp"

namespace unetflow {
namespace {

std::string duration(double seconds) {
  const auto total = static_cast<std::int64_t>(seconds + 0.5);
  if (total >= 3600)
    return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
  return fmt::format("{}:{:02}", total / 60, total % 60);
}

}  // namespace

Progress::Progress(const std::string& title, std::int64_t total, const std::string& unit,
                   bool quiet, std::int64_t already_done)
    : title_(printable(title)),
      unit_(printable(unit)),
      total_(total),
      done_(already_done),
      done_at_start_(already_done),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      shown_(start_) {}

Progress::~Progress() {
  if (std::uncaught_exceptions() > 0) {  // the error is the last line
    if (drawn_ && terminal_) tell("\n");
    return;
  }
  if (drawn_ || done_ > done_at_start_) show(Clock::now(), true);
}

void Progress::advance(std::int64_t count, const std::string& note) {
  const std::lock_guard lock(mutex_);
  done_ += count;
  if (!note.empty()) note_ = printable(note);
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000);
  if (now - shown_ >= pause) show(now, false);
}

void Progress::show(Clock::time_point now, bool last) {
  if (quiet_) return;
  shown_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto fresh = static_cast<double>(done_ - done_at_start_);
  const double rate = seconds > 0 ? fresh / seconds : 0;
  const double fraction = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 1;
  std::string line = fmt::format("{}: {}/{} {}", title_, done_, total_, unit_);
  if (terminal_) {
    constexpr int width = 24;
    const int filled = static_cast<int>(fraction * width);
    line = fmt::format("{} [{:=<{}}{:<{}}] {}/{} {}", title_, "", filled, "", width - filled, done_,
                       total_, unit_);
  }
  line += fmt::format(", {:.3g}/s", rate);
  if (last) {
    line += fmt::format(", {} in all", duration(seconds));
  } else if (rate > 0) {
    line += fmt::format(", {} left", duration(static_cast<double>(total_ - done_) / rate));
  }
  if (!note_.empty()) line += ", " + note_;
  if (terminal_) {
    tell(fmt::format("\r\033[K{}{}", line, last ? "\n" : ""));
  } else {
    tell(line + "\n");
  }
}

}  // namespace unetflow
