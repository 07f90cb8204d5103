// What ThreadSanitizer must be told about oneTBB. That what a node did to a message happened before
// what the next one does with it is guaranteed by oneTBB's compiled library, which is not
// instrumented; so each body says that it takes hold of what it was handed, and everything that
// the graph does not hand over is still checked. Nothing remains of this in other builds.
#pragma once

#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#endif

namespace unetflow {

/// This thread sees what was done to the object before it was handed over.
inline void take_over([[maybe_unused]] void* object) {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(object);
#endif
}

/// Whoever takes the object over sees what this thread has done until now.
inline void hand_over([[maybe_unused]] void* object) {
#ifdef __SANITIZE_THREAD__
  __tsan_release(object);
#endif
}

}  // namespace unetflow
