// Threads that stand for processes.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "communication/communicator.hpp"

namespace unetflow {

/// Calls work(communicator) in `size` threads.
inline void in_threads(int size, const std::function<void(Communicator&)>& work) {
  const auto all = communicators_of_threads(size);
  std::vector<std::thread> threads;
  threads.reserve(all.size());
  for (const auto& own : all) threads.emplace_back([&work, &own] { work(*own); });
  for (auto& thread : threads) thread.join();
}

}  // namespace unetflow
