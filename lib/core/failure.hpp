// Any exception in words for the user.
#pragma once

#include <string>

namespace unetflow {

struct Failure {
  std::string message;
  int exit_code = 1;
};

/// What the exception that is being handled means; call inside a catch block. Our own errors are
/// told whole. What comes from a library says what was meant, without the library's way of
/// speaking.
Failure current_failure();

}  // namespace unetflow
