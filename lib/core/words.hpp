// Numbers of things, in words.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace unetflow {

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
