// Annotations for ThreadSanitizer. oneTBB guarantees that what one node writes to a message is
// visible to the next, but its library is not instrumented, so ThreadSanitizer cannot see that.
// Each node's body therefore calls acquire() on the message that it gets and release() on the one
// that it passes on. Everything else is still checked. In other builds these functions are empty.
#pragma once

#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#endif

namespace unetflow {

/// This thread sees what other threads did before they released the object.
inline void acquire([[maybe_unused]] void* object) {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(object);
#endif
}

/// A thread that acquires the object sees what this one has done until now.
inline void release([[maybe_unused]] void* object) {
#ifdef __SANITIZE_THREAD__
  __tsan_release(object);
#endif
}

}  // namespace unetflow
