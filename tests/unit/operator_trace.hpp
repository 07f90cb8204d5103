// Which of LibTorch's operators run, nested ones and those of the backward pass too.
#pragma once

#include <ATen/record_function.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace unetflow {

/// Counts operators by name while it lives. One at a time.
class OperatorTrace {
 public:
  OperatorTrace() {
    counts().clear();
    handle_ = at::addGlobalCallback(
        at::RecordFunctionCallback([](const at::RecordFunction& function)
                                       -> std::unique_ptr<at::ObserverContext> {
          const std::lock_guard lock(mutex());
          ++counts()[function.name()];
          return nullptr;
        }).scopes({at::RecordScope::FUNCTION}));
  }
  ~OperatorTrace() { at::removeCallback(handle_); }
  OperatorTrace(const OperatorTrace&) = delete;
  OperatorTrace& operator=(const OperatorTrace&) = delete;

  int count(const std::string& name) const {
    const auto found = counts().find(name);
    return found == counts().end() ? 0 : found->second;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& [name, number] : counts()) found.push_back(name);
    return found;
  }
  int all() const {
    int sum = 0;
    for (const auto& [name, number] : counts()) sum += number;
    return sum;
  }

 private:
  static std::map<std::string, int>& counts() {
    static std::map<std::string, int> all;
    return all;
  }
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  at::CallbackHandle handle_;
};

}  // namespace unetflow
