// Preloaded into a program, refuses threads as a system does that has no more of them: the thread
// whose number is in REFUSE_THREAD, or all from REFUSE_THREADS_FROM on, counted from 1.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

std::atomic<int> started = 0;

int number_in(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? 0 : std::atoi(value);
}

}  // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) {
  const int number = ++started;
  const int one = number_in("REFUSE_THREAD"), first = number_in("REFUSE_THREADS_FROM");
  if (number == one || (first > 0 && number >= first)) return EAGAIN;
  static const auto real =
      reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  return real(thread, attributes, start, argument);
}
