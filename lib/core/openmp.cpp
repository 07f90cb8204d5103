#include "core/openmp.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/error.hpp"

namespace unetflow {

void start_with_passive_openmp(const std::filesystem::path& program, char** argv) {
  setenv("OMP_WAIT_POLICY", "passive", 0);
  execv(program.c_str(), argv);
  throw Error(program.string() + ": cannot be started: " + strerror(errno));
}

}  // namespace unetflow
