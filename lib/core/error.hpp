// The two kinds of failure. Thrown where the cause is known, with its place in the message; caught
// once, in the stage runner, which turns them into one line on standard error and an exit code.
#pragma once

#include <stdexcept>
#include <string>

namespace unetflow {

/// Anything that went wrong and is not the user's input: a full disk, a broken artifact of our own
/// making, a failed allocation. Exit code 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Bad input or bad usage. Exit code 2. The message is one line: `place: problem`, where place is a
/// file, with its page, dataset or JSON pointer, and problem says what is wrong and what was
/// expected.
class InputError : public Error {
 public:
  InputError(const std::string& place, const std::string& problem)
      : Error(place + ": " + problem) {}
};

}  // namespace unetflow
