// Programs' operator new and delete, so that images may be larger than memory
// (core/large_memory.hpp). The other forms of both call these, in libraries too.
#include <new>

#include "core/large_memory.hpp"

void* operator new(std::size_t bytes) {
  if (void* const array = unetflow::allocate(bytes)) return array;
  throw std::bad_alloc();
}
void operator delete(void* array) noexcept { unetflow::release(array); }
void operator delete(void* array, std::size_t) noexcept { unetflow::release(array); }
