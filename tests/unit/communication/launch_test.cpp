#include "communication/launch.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class Launches : public testing::Test {
 protected:
  Launches() {
    for (const char* name :
         {"RANK", "WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMI_RANK",
          "PMI_SIZE", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"}) {
      unsetenv(name);
    }
  }
  static Launch with(const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
    return launch_of_environment();
  }
};

TEST_F(Launches, WithoutALauncherAProcessIsAlone) {
  const Launch launch = with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}});  // a batch script
  EXPECT_EQ(launch.rank, 0);
  EXPECT_EQ(launch.size, 1);
}

TEST_F(Launches, TheInnermostLauncherDecides) {
  Launch launch = with({{"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}});
  EXPECT_EQ(launch.rank, 1);
  EXPECT_EQ(launch.size, 2);
  launch = with({{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "3"}});
  EXPECT_EQ(launch.rank, 2);
  EXPECT_EQ(launch.size, 3);
  launch = with({{"RANK", "5"}, {"WORLD_SIZE", "8"}, {"TORCHELASTIC_RUN_ID", "mine"}});
  EXPECT_EQ(launch.rank, 5);
  EXPECT_EQ(launch.size, 8);
  EXPECT_THAT(launch.id, HasSubstr("mine"));
}

TEST_F(Launches, RefusesWhatMakesNoSense) {
  EXPECT_THAT(
      [] {
        with({{"RANK", "one"}, {"WORLD_SIZE", "2"}});
      },
      ThrowsMessage<InputError>("the environment's RANK: is \"one\", expected a number from 0"));
  EXPECT_THAT(
      [] {
        with({{"RANK", "0"}, {"WORLD_SIZE", "0"}});
      },
      ThrowsMessage<InputError>(
          "the environment's WORLD_SIZE: is \"0\", expected a number from 1"));
  EXPECT_THAT(
      [] {
        with({{"RANK", "2"}, {"WORLD_SIZE", "2"}});
      },
      ThrowsMessage<InputError>("the environment's RANK: is 2, expected less than WORLD_SIZE=2"));
}

}  // namespace
}  // namespace unetflow
