#include "communication/launch.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include "core/error.hpp"

namespace unetflow {
namespace {

struct Launcher {
  const char *rank, *size;                  // variables
  std::initializer_list<const char*> name;  // of a launch
};

// Whoever launched last comes first: torchrun may itself be launched by mpirun, and mpirun by srun.
// SLURM_NTASKS would also be set for what a batch script runs without srun.
const Launcher kLaunchers[] = {
    {"RANK", "WORLD_SIZE", {"TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT", "MASTER_PORT"}},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", {"PMIX_NAMESPACE"}},
    {"PMI_RANK", "PMI_SIZE", {"PMI_JOBID"}},
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", {"SLURM_JOB_ID", "SLURM_STEP_ID"}},
};

int number_in(const char* variable, int least) {
  const std::string_view text = std::getenv(variable);
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least) {
    throw InputError(fmt::format("the environment's {}", variable),
                     fmt::format("is \"{}\", expected a number from {}", text, least));
  }
  return number;
}

}  // namespace

Launch launch_of_environment() {
  for (const Launcher& launcher : kLaunchers) {
    if (std::getenv(launcher.rank) == nullptr || std::getenv(launcher.size) == nullptr) continue;
    Launch launch = {number_in(launcher.rank, 0), number_in(launcher.size, 1), launcher.rank};
    if (launch.rank >= launch.size) {
      throw InputError(
          fmt::format("the environment's {}", launcher.rank),
          fmt::format("is {}, expected less than {}={}", launch.rank, launcher.size, launch.size));
    }
    for (const char* variable : launcher.name) {
      if (const char* value = std::getenv(variable)) launch.id += fmt::format(" {}", value);
    }
    return launch;
  }
  return {};
}

}  // namespace unetflow
