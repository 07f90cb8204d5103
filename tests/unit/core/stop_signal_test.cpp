#include "core/stop_signal.hpp"

#include <gmock/gmock.h>

#include <csignal>

namespace unetflow {
namespace {

TEST(StopSignal, IsRaisedByTheFirstInterruptOrTermination) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const StopSignal stop;
    EXPECT_FALSE(stop.raised());
    std::raise(signal);
    EXPECT_TRUE(stop.raised());
  }
}

TEST(StopSignalDeathTest, TheSecondOneEndsTheProcess) {
  EXPECT_EXIT(
      {
        const StopSignal stop;
        std::raise(SIGTERM);
        std::raise(SIGTERM);
      },
      testing::KilledBySignal(SIGTERM), "");
}

TEST(StopSignalDeathTest, AfterItsLifeSignalsEndTheProcessAsBefore) {
  EXPECT_EXIT(
      {
        { const StopSignal stop; }
        std::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace unetflow
