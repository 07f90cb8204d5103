#include "figure/html.hpp"

#include <fmt/format.h>

#include "core/base64.hpp"
#include "figure/report_style.hpp"

namespace unetflow {
namespace {

/// An SVG as the address of an image. Characters are escaped only where an address needs it: the
/// images inside are in Base64 already, and would grow by another third.
std::string data_address(std::string_view svg) {
  std::string address = "data:image/svg+xml,";
  for (const char c : svg) {
    switch (c) {
      case '%':
        address += "%25";
        break;
      case '#':
        address += "%23";
        break;
      case '<':
        address += "%3C";
        break;
      case '>':
        address += "%3E";
        break;
      case '"':
        address += "'";
        break;  // neither quote occurs in gnuplot's strings
      case '\n':
      case '\t':
        address += ' ';
        break;
      case '&':
        address += "%26";
        break;
      default:
        address += c;
    }
  }
  return address;
}

/// A number, an interval ("0.1 to 0.2"), or "–" where there is none.
bool is_number(std::string_view cell) {
  return cell == "–" ||
         (!cell.empty() && cell.find_first_not_of("0123456789.+-e to") == std::string_view::npos);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

Page::Page(std::string title, std::string subtitle)
    : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

void Page::refresh(int seconds) {
  refresh_ = fmt::format("<meta http-equiv=\"refresh\" content=\"{}\">\n", seconds);
}

void Page::headline(const std::vector<std::pair<std::string, std::string>>& numbers) {
  for (const auto& [number, meaning] : numbers) {
    headline_ +=
        fmt::format("<div><b>{}</b><span>{}</span></div>", escaped(number), escaped(meaning));
  }
}

void Page::section(const std::string& title) {
  ++sections_;
  contents_ += fmt::format("<a href=\"#s{}\">{}</a>\n", sections_, escaped(title));
  body_ += fmt::format("<h2 id=\"s{}\">{}</h2>\n", sections_, escaped(title));
}

void Page::text(std::string_view paragraph) {
  body_ += fmt::format("<p>{}</p>\n", escaped(paragraph));
}

void Page::figure(const Figure& figure, const Drawing& drawing) {
  // Four and more panels per row become two per row on a phone.
  body_ += fmt::format(
      "<figure role=\"group\" aria-label=\"{}\"><div class=\"panels\" "
      "style=\"--columns:{};--least:min({},{}rem)\">\n",
      escaped(figure.alternative), figure.columns, figure.columns > 3 ? "44%" : "100%",
      62 / figure.columns);
  for (size_t i = 0; i < drawing.panels.size(); ++i) {
    const std::string title = escaped(figure.panels[i].title);
    const char* const flush = figure.panels[i].ticks ? "" : " class=\"flush\"";
    const std::string heading = title.empty() ? "" : fmt::format("<div{}>{}</div>", flush, title);
    body_ += fmt::format("<div class=\"panel\">{}<img alt=\"{}\" src=\"{}\"></div>\n", heading,
                         title.empty() ? escaped(figure.alternative) : title,
                         data_address(drawing.panels[i]));
  }
  body_ += fmt::format(
      "</div><figcaption><b>Figure {}.</b> {} <span class=\"files\"><a href=\"figures/{}.png\">"
      "PNG</a> <a href=\"figures/{}.svg\">SVG</a></span></figcaption></figure>\n",
      ++figures_, escaped(figure.caption), figure.name, figure.name);
}

void Page::thresholds(const std::vector<ThresholdImage>& images, double start) {
  const auto rgb = [](const Rgb& colour) { return fmt::format("[{}]", fmt::join(colour, ",")); };
  body_ += fmt::format(
      "<figure class=\"thresholds\" data-colours='{{\"found\":{},\"missed\":{},\"false\":{}}}'>\n"
      "<label>Threshold <input type=\"range\" min=\"0\" max=\"1\" step=\"0.01\" value=\"{:.2f}\">"
      " <output>{:.2f}</output></label>\n"
      "<div class=\"panels\" style=\"--columns:{};--least:min(100%,20rem)\">\n",
      rgb(colour::kGreen), rgb(colour::kMissedForeground), rgb(colour::kMissedBackground), start,
      start, std::min<size_t>(images.size(), 3));
  for (const auto& image : images) {
    body_ += fmt::format(
        "<div class=\"panel\"><div>Image {}</div><canvas role=\"img\" aria-label=\"Image {} above "
        "the "
        "threshold\" data-labelled=\"{}\" data-source=\"data:image/png;base64,{}\"></canvas>"
        "<p class=\"caption\"></p></div>\n",
        escaped(image.name), escaped(image.name), image.labelled ? 1 : 0, base64(image.png));
  }
  body_ += fmt::format(
      "</div><figcaption><b>Figure {}.</b> What is foreground above the threshold, of at most the "
      "middle 512 x 512 px of each image. Green: foreground; where there is a label, orange: "
      "foreground that is missed, blue: background that is taken for foreground.<noscript> This "
      "figure needs JavaScript.</noscript></figcaption></figure>\n",
      ++figures_);
  script_ = fmt::format("<script>\n{}</script>\n", kThresholdScript);
}

void Page::table(std::string_view caption, const std::vector<std::string>& header,
                 const std::vector<std::vector<std::string>>& rows) {
  std::vector<bool> numbers(header.size(), true);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      numbers[i] = numbers[i] && (row[i].empty() || is_number(row[i]));
    }
  }
  const auto cells = [&](const std::vector<std::string>& row, const char* tag) {
    std::string html = "<tr>";
    for (size_t i = 0; i < row.size(); ++i) {
      html +=
          fmt::format("<{}{}>{}</{}>", tag, numbers[i] ? " class=\"n\"" : "", escaped(row[i]), tag);
    }
    return html + "</tr>\n";
  };
  ++tables_;
  body_ += fmt::format(
      "<p class=\"caption\" id=\"t{0}\"><b>Table {0}.</b> {1}</p>\n"
      "<div class=\"scroll\"><table aria-labelledby=\"t{0}\"><thead>",
      tables_, escaped(caption));
  body_ += cells(header, "th") + "</thead><tbody>\n";
  for (const auto& row : rows) body_ += cells(row, "td");
  body_ += "</tbody></table></div>\n";
}

void Page::code(std::string_view text) { body_ += fmt::format("<pre>{}</pre>\n", escaped(text)); }

void Page::folded(std::string_view summary, std::string_view text) {
  body_ += fmt::format("<details><summary>{}</summary><pre>{}</pre></details>\n", escaped(summary),
                       escaped(text));
}

std::string Page::html() const {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "{6}<title>{0}</title>\n<style>{1}</style></head>\n<body><header><h1>{0}</h1>\n"
      "<p class=\"subtitle\">{2}</p>\n<div class=\"numbers\">{3}</div>\n<nav>{4}</nav></header>\n"
      "<main>\n{5}</main>\n{7}</body></html>\n",
      escaped(title_), kReportStyle, escaped(subtitle_), headline_, contents_, body_, refresh_,
      script_);
}

}  // namespace unetflow
