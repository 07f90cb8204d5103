// What a program starts with, and standard output.
#pragma once

#include <string_view>

namespace unetflow {

/// Call first of all. Opens what is closed of descriptors 0, 1 and 2, so that no file of ours gets
/// such a number and what is told goes into it; writing to a standard output that was closed still
/// fails. A reader of our output that is gone, or a file above the limit on its size, is an error
/// of that write, not the end of the process. As many files may be open as the system lets this
/// process have. An exception that nothing catches is one line and
/// exit code 1.
void prepare_process();

/// Writes all of `text` to standard output; throws Error with the reason when that fails, also
/// where it shows only on closing.
void write_standard_output(std::string_view text);

}  // namespace unetflow
