#include "core/standard_streams.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "core/error.hpp"
#include "core/tell.hpp"

namespace unetflow {
namespace {

using testing::ExitedWithCode;

/// In a process of its own, since descriptors and signals belong to the process.
template <class Work>
[[noreturn]] void end_with(Work work) {
  _Exit(work() ? 0 : 1);
}

bool printing_fails_and_is_told() {
  try {
    write_standard_output("a table\n");
  } catch (const Error& error) {
    tell(error.what());
    return true;
  }
  return false;
}

TEST(PrepareProcessDeathTest, NoFileGetsTheNumberOfAStreamThatWasClosed) {
  EXPECT_EXIT(end_with([] {
                close(STDIN_FILENO);
                close(STDOUT_FILENO);
                close(STDERR_FILENO);
                prepare_process();
                const bool kept = open("/dev/zero", O_RDONLY) > STDERR_FILENO;
                tell("dropped\n");
                return kept;
              }),
              ExitedWithCode(0), "");
}

TEST(PrepareProcessDeathTest, AStandardOutputThatWasClosedStillFails) {
  EXPECT_EXIT(end_with([] {
                close(STDOUT_FILENO);
                prepare_process();
                return printing_fails_and_is_told();
              }),
              ExitedWithCode(0), "standard output: cannot be written: Bad file descriptor");
}

TEST(PrepareProcessDeathTest, AReaderThatIsGoneIsAnError) {
  EXPECT_EXIT(end_with([] {
                int ends[2];
                if (pipe(ends) != 0) return false;
                dup2(ends[1], STDOUT_FILENO);
                close(ends[0]);
                prepare_process();
                return printing_fails_and_is_told();
              }),
              ExitedWithCode(0), "standard output: cannot be written: Broken pipe");
}

TEST(PrepareProcessDeathTest, WhatNothingCatchesIsOneLine) {
  EXPECT_EXIT(
      {
        prepare_process();
        std::thread([] { throw Error("a thread's error"); }).join();
      },
      ExitedWithCode(1), "^unetflow: a thread's error\n$");
  EXPECT_EXIT(
      {
        prepare_process();
        std::terminate();
      },
      ExitedWithCode(1), "^unetflow: internal error: ended by the C\\+\\+ library\n$");
}

TEST(WriteStandardOutput, WritesAll) {
  testing::internal::CaptureStdout();
  const std::string text(1'000'000, 'x');
  write_standard_output(text);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), text);
}

TEST(WriteStandardOutput, SaysWhyItFails) {
  const int before = dup(STDOUT_FILENO);
  const int full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  dup2(full, STDOUT_FILENO);
  std::string reason;
  try {
    write_standard_output("a table\n");
  } catch (const Error& error) {
    reason = error.what();
  }
  dup2(before, STDOUT_FILENO);
  close(full);
  close(before);
  EXPECT_EQ(reason, "standard output: cannot be written: No space left on device");
}

}  // namespace
}  // namespace unetflow
