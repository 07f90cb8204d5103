// What happens when a thread cannot be started.
#pragma once

#include <string>

namespace unetflow {

/// From now on a thread that the system refuses, whoever asked for it, ends the process: with a
/// line under the program's `name`, and exit code 1. A library's thread is not worth an orderly
/// retreat: what is under a final name is whole at any time.
void tell_refused_threads_as(const std::string& name);

}  // namespace unetflow
