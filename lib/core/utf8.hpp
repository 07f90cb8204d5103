// Names of files are bytes; those that go into JSON must be UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace unetflow {

struct Utf8Character {
  char32_t code = 0;
  std::size_t length = 0;  ///< in bytes; 0 where there is no well-formed character
};

/// The first character of `text`, if it is well-formed UTF-8 (Unicode 15, table 3-7): shortest
/// form, no surrogates, nothing above U+10FFFF.
Utf8Character first_character(std::string_view text);

/// How many bytes of `text` are well-formed UTF-8, up to the first that are not.
std::size_t utf8_length(std::string_view text);

/// Whether all of `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

}  // namespace unetflow
