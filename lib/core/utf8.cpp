#include "core/utf8.hpp"

namespace unetflow {

Utf8Character first_character(std::string_view text) {
  if (text.empty()) return {};
  const auto first = static_cast<unsigned char>(text.front());
  // Bytes inside of a character, of needlessly long ones, and beyond the last one.
  if ((first >= 0x80 && first < 0xC2) || first > 0xF4) return {};
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length > text.size()) return {};
  char32_t code = length == 1 ? first : first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {};
    code = code << 6 | (next & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF) return {};
  if (code >= 0xD800 && code <= 0xDFFF) return {};
  return {code, length};
}

std::size_t utf8_length(std::string_view text) {
  std::size_t length = 0;
  while (const std::size_t next = first_character(text.substr(length)).length) length += next;
  return length;
}

bool is_utf8(std::string_view text) { return utf8_length(text) == text.size(); }

}  // namespace unetflow
