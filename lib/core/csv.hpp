// Cells of CSV files (RFC 4180).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace unetflow {

/// `text` as a cell, in quotes where that is needed to keep it one cell, also for programs that
/// separate by semicolons or tabs. A text that a spreadsheet would run as a formula, which no
/// number is, gets an apostrophe in front.
std::string csv_text(std::string_view text);

/// The cells of a CSV file, line by line without empty lines. What separates them is the first
/// comma, semicolon or tab of the first line. Throws InputError(place, ...) for a quote that is not
/// closed.
std::vector<std::vector<std::string>> csv_rows(std::string_view text, const std::string& place);

}  // namespace unetflow
