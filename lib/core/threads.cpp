#include "core/threads.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

namespace unetflow {

int available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int threads = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) threads = CPU_COUNT(&set);
  std::ifstream quota("/sys/fs/cgroup/cpu.max");
  std::string limit;
  double period = 0;
  if (quota >> limit >> period && limit != "max" && period > 0) {
    threads = std::min(threads, static_cast<int>(std::ceil(std::stod(limit) / period)));
  }
  return std::max(threads, 1);
}

std::string processors_in_words() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::string words;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return words;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) words += (words.empty() ? "" : " ") + std::to_string(i);
  }
  return words;
}

}  // namespace unetflow
