#include "plan/machine.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "plan/training_work.hpp"

namespace unetflow {
namespace {

/// What the kernel says that programs may still take.
double free_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string name, unit; file >> name;) {
    double kilobytes = 0;
    if (!(file >> kilobytes)) break;
    std::getline(file, unit);
    if (name == "MemAvailable:") return 1024 * kilobytes;
  }
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE)) /
         2;
}

}  // namespace

Machine this_machine(int threads) {
  return {.threads = threads,
          .speed = measured_speed(threads),
          .memory = free_memory(),
          .has_gpu = std::filesystem::exists("/dev/nvidia0")};
}

}  // namespace unetflow
