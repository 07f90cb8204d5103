#include "figure/html.hpp"

#include <fmt/format.h>

namespace unetflow {
namespace {

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--page:#fdfdfc;--text:#1a1b1c;--quiet:#63676b;--line:#dfe1e3;--band:#f4f5f5;--link:#0062a3}
@media(prefers-color-scheme:dark){:root{--page:#141516;--text:#d8dade;--quiet:#979ca1;--line:#34373a;--band:#1c1e20;--link:#6cb6f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:3.5rem}
h1{font-size:2.1rem;line-height:1.2;margin:0;letter-spacing:-.015em;font-weight:650}
h2{font-size:1.35rem;margin:4rem 0 1rem;padding-top:1.25rem;border-top:1px solid var(--line);letter-spacing:-.01em;font-weight:620}
p{max-width:44rem;margin:.75rem 0}
a{color:var(--link);text-decoration:none}
a:hover{text-decoration:underline}
.subtitle,nav,figcaption,.caption,footer,.numbers span{color:var(--quiet)}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin-top:1.75rem;font-size:.95rem}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.25rem,1fr));gap:1.5rem;margin:2.25rem 0 0}
.numbers b{display:block;font-size:1.75rem;line-height:1.15;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
.numbers span{font-size:.875rem}
figure{margin:2rem 0 2.75rem}
.panels{display:grid;gap:1rem .75rem;grid-template-columns:repeat(auto-fill,minmax(var(--least),1fr))}
.panel img{display:block;width:100%;height:auto}
.panel div{font-size:.875rem;font-weight:600;padding:0 0 .15rem 9%}
figcaption,.caption{font-size:.9rem;line-height:1.5;max-width:52rem}
figcaption{margin-top:.75rem}
figcaption b,.caption b{color:var(--text);font-weight:620}
.caption{margin:1.5rem 0 .6rem}
.scroll{overflow-x:auto;margin-bottom:2.5rem}
table{border-collapse:collapse;font-size:.925rem;font-variant-numeric:tabular-nums;min-width:min(100%,30rem)}
th,td{padding:.4rem .9rem;text-align:left;vertical-align:top}
th{font-weight:600;border-bottom:1px solid var(--text);white-space:nowrap}
tbody tr:nth-child(even){background:var(--band)}
tbody tr:last-child td{border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;white-space:nowrap}
pre{overflow-x:auto;background:var(--band);border-radius:.4rem;padding:.9rem 1.1rem;font:.875rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
details{margin:.4rem 0;font-size:.925rem}
summary{cursor:pointer;color:var(--link)}
footer{padding:2rem 1.25rem 4rem;font-size:.875rem}
@media(max-width:40rem){header{padding-top:2rem}h1{font-size:1.6rem}h2{margin-top:2.75rem}th,td{padding:.35rem .5rem}}
@media print{:root{color-scheme:light;--page:#fff;--text:#000;--quiet:#444;--line:#bbb;--band:#f4f4f4;--link:#000}body{font-size:10pt}header{padding-top:0}nav,.files,details{display:none}.panels{grid-template-columns:repeat(var(--columns),1fr)}.scroll{overflow:visible}table{font-size:8pt}th,td{padding:.25rem .5rem}.caption{break-after:avoid}figure,tr{break-inside:avoid}h2{break-after:avoid;margin-top:2rem}}
)";

/// An SVG as the address of an image. Percent signs only where an address needs them: the pictures
/// inside are Base64 already and would grow by a third again.
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
        break;  // gnuplot's strings hold neither quote
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

/// A number, an interval ("0.1 to 0.2"), or nothing to measure ("–").
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
  // Four and more panels a row stay two abreast on a phone.
  body_ += fmt::format(
      "<figure role=\"group\" aria-label=\"{}\"><div class=\"panels\" "
      "style=\"--columns:{};--least:min({},{}rem)\">\n",
      escaped(figure.alternative), figure.columns, figure.columns > 3 ? "44%" : "100%",
      62 / figure.columns);
  for (size_t i = 0; i < drawing.panels.size(); ++i) {
    const std::string title = escaped(figure.panels[i].title);
    const std::string heading = title.empty() ? "" : "<div>" + title + "</div>";
    body_ += fmt::format("<div class=\"panel\">{}<img alt=\"{}\" src=\"{}\"></div>\n", heading,
                         title.empty() ? escaped(figure.alternative) : title,
                         data_address(drawing.panels[i]));
  }
  body_ += fmt::format(
      "</div><figcaption><b>Figure {}.</b> {} <span class=\"files\"><a href=\"figures/{}.png\">"
      "PNG</a> <a href=\"figures/{}.svg\">SVG</a></span></figcaption></figure>\n",
      ++figures_, escaped(figure.caption), figure.name, figure.name);
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
      "<main>\n{5}</main>\n</body></html>\n",
      escaped(title_), kStyle, escaped(subtitle_), headline_, contents_, body_, refresh_);
}

}  // namespace unetflow
