#include "core/tell.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace unetflow {
namespace {

TEST(Tell, WritesToStandardError) {
  testing::internal::CaptureStderr();
  tell("one line\n");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "one line\n");
}

TEST(Tell, DropsWhatAFullDiskDoesNotTake) {
  const int before = dup(STDERR_FILENO);
  const int full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  dup2(full, STDERR_FILENO);
  tell("lost\n");  // ends the test if it throws
  close(STDERR_FILENO);
  tell("lost as well\n");
  dup2(before, STDERR_FILENO);
  close(full);
  close(before);
}

}  // namespace
}  // namespace unetflow
