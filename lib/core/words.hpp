// Words, and numbers of things in words.
#pragma once

#include <fmt/format.h>

#include <cctype>
#include <string>
#include <string_view>

namespace unetflow {

/// In small letters, as far as they are ASCII.
inline std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// "1 image", "2 images".
template <class Count>
std::string counted(Count count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// " (and 2 more)" after the first of 3 places; nothing after the only one.
template <class Count>
std::string and_more(Count places) {
  return places > 1 ? fmt::format(" (and {} more)", places - 1) : "";
}

}  // namespace unetflow
