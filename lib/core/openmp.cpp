#include "core/openmp.hpp"

#include <unistd.h>

#include <cstdlib>

namespace unetflow {

void use_passive_openmp_wait(char** argv) {
  constexpr const char* variable = "OMP_WAIT_POLICY";
  if (getenv(variable) != nullptr) return;
  setenv(variable, "passive", 0);
  execv("/proc/self/exe", argv);  // returns only if it fails
}

}  // namespace unetflow
