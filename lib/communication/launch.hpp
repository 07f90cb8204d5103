// Which of the processes that were launched together this one is. Launchers say so in the
// environment: torchrun, mpirun of Open MPI, those that speak PMI (MPICH, Intel MPI), and srun.
#pragma once

#include <string>

namespace unetflow {

struct Launch {
  int rank = 0;    ///< 0 ... size - 1
  int size = 1;    ///< 1: it was launched alone
  std::string id;  ///< what the processes of one launch have in common, as far as the launcher says
};

/// Throws InputError naming variables whose values make no sense.
Launch launch_of_environment();

}  // namespace unetflow
