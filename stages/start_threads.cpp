// A system that refuses a thread (ulimit -u, a container's limit on processes) is told in one line.
// oneTBB and OpenMP start threads where nobody can handle that it fails: in a worker, or with a
// message and exit() while other threads run. So this program's own pthread_create, which they all
// call, ends it at once.
#include "start_threads.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "core/tell.hpp"

namespace unetflow {
namespace {

std::string program;

}  // namespace

void tell_refused_threads_as(const std::string& name) { program = name; }

}  // namespace unetflow

#ifdef UNETFLOW_OWN_PTHREAD_CREATE

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) {
  static const auto next =
      reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  const int error = next(thread, attributes, start, argument);
  if (error == 0 || unetflow::program.empty()) return error;
  unetflow::tell(
      fmt::format("{}: threads cannot be started: {}\n", unetflow::program, strerror(error)));
  _exit(1);
}

#endif
