#include "artifact/training_run.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using std::chrono::seconds;

TEST(TrainingRun, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  const fs::path log = folder.path / "metrics.jsonl";
  EXPECT_FALSE(read_training_run(log));
  write_training_run(log, {3000, 100, 50, {{"batch", 2}}});
  const auto run = read_training_run(log).value_or(TrainingRun());
  EXPECT_EQ(run.updates, 3000);
  EXPECT_EQ(run.begun_at, 100);
  EXPECT_EQ(run.samples, 50);
  EXPECT_EQ(run.config.at("batch"), 2);
}

TEST(TrainingRun, TimeLeftIsAtTheSpeedOfThisRun) {
  const TemporaryFolder folder;
  const fs::path log = folder.path / "metrics.jsonl";
  const TrainingRun run = {3000, 100, 50, Json::object()};
  write_training_run(log, run);
  folder.write("metrics.jsonl", "{}\n");
  fs::last_write_time(log, fs::last_write_time(folder.path / "training.run") + seconds(20));
  EXPECT_FALSE(seconds_left(log, run, 100));
  EXPECT_NEAR(seconds_left(log, run, 110).value_or(0), 2 * 2890, 1e-6);  // 20 s for 10 updates
}

TEST(TrainingRun, ADamagedOneIsNamed) {
  const TemporaryFolder folder;
  folder.write("training.run", "{\"updates\": \"many\"}");
  try {
    read_training_run(folder.path / "metrics.jsonl");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("training.run"));
  }
}

}  // namespace
}  // namespace unetflow
