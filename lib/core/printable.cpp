#include "core/printable.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"

namespace unetflow {
namespace {

/// C1 controls, line and paragraph separators, and embeddings, overrides and isolates of direction.
bool acts_on_terminals(char32_t code) {
  return (code >= 0x80 && code <= 0x9F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string escaped(unsigned char byte) {
  switch (byte) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\x{:02x}", byte);
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto [code, length] = first_character(text);
    if (length == 0 || code < 0x20 || code == 0x7F) {
      shown += escaped(static_cast<unsigned char>(text.front()));
    } else if (acts_on_terminals(code)) {
      shown += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    } else {
      shown += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return shown;
}

}  // namespace unetflow
