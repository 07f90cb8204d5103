// Cells of CSV files (RFC 4180).
#pragma once

#include <string>
#include <string_view>

namespace unetflow {

/// `text` as a cell, in quotes where that is needed to keep it one cell, also for programs that
/// separate by semicolons or tabs. A text that a spreadsheet would run as a formula, which no
/// number is, gets an apostrophe in front.
std::string csv_text(std::string_view text);

}  // namespace unetflow
