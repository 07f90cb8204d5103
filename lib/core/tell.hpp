// Messages to the user, on standard error.
#pragma once

#include <string_view>

namespace unetflow {

/// Writes `text` to standard error. Telling the user cannot fail the work: a text that cannot be
/// written, because the terminal is gone or its disk is full, is dropped.
void tell(std::string_view text) noexcept;

}  // namespace unetflow
