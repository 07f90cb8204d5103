#include "core/stop_signal.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <thread>

namespace unetflow {
namespace {

TEST(StopSignal, IsRaisedByWhatTerminalsPeopleAndBatchSystemsSend) {
  for (const auto& [signal, name] :
       {std::pair{SIGINT, "SIGINT"}, std::pair{SIGTERM, "SIGTERM"}, std::pair{SIGHUP, "SIGHUP"},
        std::pair{SIGUSR1, "SIGUSR1"}, std::pair{SIGXCPU, "SIGXCPU"}}) {
    const StopSignal stop;
    EXPECT_FALSE(stop.raised());
    EXPECT_EQ(stop.name(), "");
    std::raise(signal);
    EXPECT_TRUE(stop.raised());
    EXPECT_EQ(stop.name(), name);
  }
}

TEST(StopSignal, NamesTheFirst) {
  const StopSignal stop;
  std::raise(SIGUSR1);
  std::raise(SIGTERM);
  EXPECT_EQ(stop.name(), "SIGUSR1");
}

TEST(StopSignal, LeavesAnIgnoredSignalIgnored) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    const StopSignal stop;
    std::raise(SIGHUP);
    std::raise(SIGHUP);
    EXPECT_FALSE(stop.raised());
  }
  EXPECT_EQ(std::signal(SIGHUP, before), SIG_IGN);
}

TEST(StopSignal, OutlivesTheKernelsRepeatedSigxcpu) {
  const StopSignal stop;
  for (int i = 0; i < 3; ++i) std::raise(SIGXCPU);
  EXPECT_EQ(stop.name(), "SIGXCPU");
}

TEST(StopSignal, TakesTwoAtOnceForOne) {
  const StopSignal stop;
  std::raise(SIGTERM);
  std::raise(SIGTERM);
  EXPECT_EQ(stop.name(), "SIGTERM");
}

TEST(StopSignalDeathTest, ALaterOneOfTheKindEndsTheProcess) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
    EXPECT_EXIT(
        {
          const StopSignal stop;
          std::raise(signal);
          std::this_thread::sleep_for(StopSignal::kOne);
          std::raise(signal);
        },
        testing::KilledBySignal(signal), "");
  }
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
