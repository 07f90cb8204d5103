#include "core/csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace unetflow {
namespace {

bool is_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_formula(std::string_view text) {
  // The last four are the wide forms of the first four, U+FF1D, U+FF0B, U+FF0D and U+FF20.
  constexpr std::array<std::string_view, 11> kBeginnings = {"=",
                                                            "+",
                                                            "-",
                                                            "@",
                                                            "\t",
                                                            "\r",
                                                            "\n",
                                                            "\xEF\xBC\x9D",
                                                            "\xEF\xBC\x8B",
                                                            "\xEF\xBC\x8D",
                                                            "\xEF\xBC\xA0"};
  return !is_number(text) &&
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace

std::string csv_text(std::string_view text) {
  const bool formula = is_formula(text);
  if (!formula && text.find_first_of(",;\"\t\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = formula ? "\"'" : "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace unetflow
