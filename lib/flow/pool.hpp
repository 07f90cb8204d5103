// Objects that several threads use in turn, so that nothing is allocated once there are enough.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

template <class T>
class Pool {
 public:
  /// An object that was given back or, if there is none, a new one made of `arguments`. The pool
  /// keeps owning it.
  template <class... Arguments>
  T* take(const Arguments&... arguments) {
    const std::lock_guard lock(mutex_);
    if (spare_.empty()) return all_.emplace_back(std::make_unique<T>(arguments...)).get();
    T* const one = spare_.back();
    spare_.pop_back();
    return one;
  }
  void give_back(T* one) {
    const std::lock_guard lock(mutex_);
    spare_.push_back(one);
  }
  /// How many there are, in use or spare.
  Index size() const {
    const std::lock_guard lock(mutex_);
    return static_cast<Index>(all_.size());
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<T>> all_;
  std::vector<T*> spare_;
};

}  // namespace unetflow
