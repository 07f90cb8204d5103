#include "core/csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/error.hpp"

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

std::vector<std::vector<std::string>> csv_rows(std::string_view text, const std::string& place) {
  const auto first = text.find_first_of(",;\t\n");
  const char separator = first == std::string_view::npos || text[first] == '\n' ? ',' : text[first];
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        row.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        row.back() += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"' && row.back().empty()) {
      quoted = true;
    } else if (c == separator) {
      row.emplace_back();
    } else if (c == '\n') {
      rows.push_back(std::move(row));
      row = std::vector<std::string>(1);
    } else if (c != '\r') {
      row.back() += c;
    }
  }
  if (quoted) throw InputError(place, "ends in a quoted cell, expected the closing quote");
  rows.push_back(std::move(row));
  std::erase(rows, std::vector<std::string>(1));
  return rows;
}

}  // namespace unetflow
