// Crashes inside libraries that read files from outside. libhdf5 follows some damaged files to
// memory that is not there; the process can't go on then, but the user learns which file it was.
#pragma once

#include <string>
#include <string_view>

namespace unetflow {

/// While it lives, what this thread reads through a library. After tell_crashes(), a crash of the
/// thread (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) ends the process with the line "PROGRAM:
/// PLACE: is damaged: ..." and exit 2, as other bad input does. Objects may be nested.
class ReadingThrough {
 public:
  ReadingThrough(std::string_view library, std::string_view place);
  ~ReadingThrough();
  ReadingThrough(const ReadingThrough&) = delete;
  ReadingThrough& operator=(const ReadingThrough&) = delete;

 private:
  std::string line_;
  const char* before_;
};

/// For a program's main(): crashes that no ReadingThrough explains end it as ever. Tests and
/// fuzzers don't call it, so that they see them all.
void tell_crashes(std::string_view program);

}  // namespace unetflow
