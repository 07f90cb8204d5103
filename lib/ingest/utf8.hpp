// Names of files are bytes; those that go into JSON must be UTF-8.
#pragma once

#include <string_view>

namespace unetflow {

/// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7): shortest form, no surrogates,
/// nothing above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace unetflow
