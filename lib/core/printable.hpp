// Text from outside, as a terminal may show it.
#pragma once

#include <string>
#include <string_view>

namespace unetflow {

/// `text` on one line: control characters, characters that reverse the direction of writing, and
/// bytes that are not UTF-8 become escapes (\n, \x1b, \u202e); all else stays as it is.
std::string printable(std::string_view text);

}  // namespace unetflow
