// One self-contained page: text, tables and figures, light and dark, for screens of any width and
// for paper. All text given is plain and gets escaped.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "figure/figure.hpp"
#include "figure/threshold_view.hpp"

namespace unetflow {

std::string escaped(std::string_view text);

class Page {
 public:
  Page(std::string title, std::string subtitle);

  /// Makes the browser reload the page every `seconds` seconds.
  void refresh(int seconds);
  /// Large numbers at the top, each with what it is.
  void headline(const std::vector<std::pair<std::string, std::string>>& numbers);
  /// A section, listed in the contents.
  void section(const std::string& title);
  void text(std::string_view paragraph);
  /// A figure, numbered in order; its files are in figures/ beside the page.
  void figure(const Figure& figure, const Drawing& drawing);
  /// Images with a slider, numbered as a figure, that starts at this threshold.
  void thresholds(const std::vector<ThresholdImage>& images, double start);
  /// A table, numbered in order. Columns that hold only numbers are aligned as such.
  void table(std::string_view caption, const std::vector<std::string>& header,
             const std::vector<std::vector<std::string>>& rows);
  void code(std::string_view text);
  /// Text behind a summary that opens it.
  void folded(std::string_view summary, std::string_view text);

  std::string html() const;

 private:
  std::string title_, subtitle_, refresh_, headline_, contents_, body_, script_;
  int sections_ = 0, figures_ = 0, tables_ = 0;
};

}  // namespace unetflow
