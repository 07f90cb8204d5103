#include "core/memory.hpp"

#include <malloc.h>

namespace unetflow {

void retain_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  // Only the first arena grows beyond 64 MB without mapping memory.
  mallopt(M_ARENA_MAX, 1);
#endif
}

}  // namespace unetflow
