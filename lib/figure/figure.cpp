#include "figure/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <string_view>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "figure/gnuplot.hpp"
#include "figure/paint.hpp"

namespace unetflow {
namespace {

constexpr Index kScreenPixels = 300;    // the side of a square image on the page, at most
constexpr Index kPaperPixels = 1600;    // and in the files for papers
constexpr int kScreenLevels = 64;       // gray levels and colours of an image on the page
constexpr double kPlot = 340;           // px; width of an image's axes
constexpr double kTallest = 4 * kPlot;  // and their height, at most
constexpr double kCurveWidth = 520, kCurveHeight = 260;
constexpr double kTitle = 26;  // px; height of a panel's title in the files for papers

/// Where a panel's axes are in its cell, in px from the cell's upper left corner.
struct Cell {
  double left = 0, top = 0, width = 0, height = 0;  // of the axes
  double whole_width = 0, whole_height = 0;         // with ticks, labels and colour bar
};

bool is_map(const Panel& panel) { return panel.map.width > 0; }
bool is_picture(const Panel& panel) { return panel.picture.width > 0 || is_map(panel); }

Cell cell_of(const Panel& panel) {
  Cell cell;
  if (is_picture(panel)) {
    const bool map = is_map(panel);
    const auto height = static_cast<double>(map ? panel.map.height : panel.picture.height);
    const auto width = static_cast<double>(map ? panel.map.width : panel.picture.width);
    cell.width = kPlot;
    cell.height = kPlot * height / width;
    if (cell.height > kTallest) {
      cell.width = std::max(1.0, kTallest * width / height);
      cell.height = kTallest;
    }
    cell.height = std::max(1.0, cell.height);
    cell.left = panel.ticks ? 34 : 4;
    cell.top = 8;
    cell.whole_width = cell.left + cell.width + (map ? 54 : 14);
    cell.whole_height = cell.top + cell.height + (panel.ticks ? 30 : 4);
  } else {
    cell = {72, 30, kCurveWidth, kCurveHeight, kCurveWidth + 92, kCurveHeight + 88};
  }
  return cell;
}

/// Whether gnuplot can place it: it overflows near the largest double.
bool can_be_drawn(double x, double y, bool logarithmic) {
  constexpr double kLargest = 1e300;
  return std::abs(x) < kLargest && std::abs(y) < kLargest && (!logarithmic || y > 0);
}

/// The points of a line for gnuplot, a gap where one cannot be drawn; empty when none can.
std::string gnuplot_points(const Line& line, bool logarithmic) {
  std::string points;
  bool any = false;
  for (const auto& [x, y] : line.points) {
    const bool drawn = can_be_drawn(x, y, logarithmic);
    any |= drawn;
    points += drawn ? fmt::format("{:.9g} {:.9g}\n", x, y) : "nan nan\n";
  }
  return any ? points : std::string();
}

/// The values at the ends of a map's colour bar, which gnuplot wants finite and apart.
std::pair<double, double> colour_range(const Panel& panel) {
  const double low = std::isfinite(panel.low) ? panel.low : 0;
  const bool apart = std::isfinite(panel.high) && panel.high > low;
  return {low, apart ? panel.high : low + std::max(1.0, std::abs(low))};
}

/// A map of colours for gnuplot.
std::string gnuplot_palette(std::span<const Rgb> colours) {
  std::vector<std::string> points;
  for (size_t i = 0; i < colours.size(); ++i) {
    points.push_back(fmt::format("{} '{}'", i, hex(colours[i])));
  }
  return fmt::format("{}", fmt::join(points, ", "));
}

/// Where a panel is drawn: the upper left corner of its cell in a canvas [height, width], px.
struct Place {
  double canvas_width = 0, canvas_height = 0;
  double x = 0, y = 0;
  bool titled = false;  ///< with room for the title above the cell
  bool screen = false;  ///< with no more pixels and gray levels than one sees on a screen

  /// gnuplot's screen coordinates of a place in the cell.
  double across(double px) const { return (x + px) / canvas_width; }
  double down(double px) const { return 1 - (y + (titled ? kTitle : 0) + px) / canvas_height; }
};

/// The gnuplot script that draws panels, and the data files that it reads.
class Script {
 public:
  explicit Script(const ScratchFolder& folder) : folder_(folder) {}

  void add(std::string_view commands) { text_ += commands; }
  const std::string& text() const { return text_; }

  void panel(const Panel& panel, const Place& place) {
    const Cell cell = cell_of(panel);
    add_frame(panel, cell, place);
    std::vector<std::string> plots;
    if (is_picture(panel)) {
      plots.push_back(add_image(panel, cell, place));
    } else {
      add_curve_axes(panel, cell, place);
    }
    for (const auto& line : panel.lines) {
      const std::string points = gnuplot_points(line, panel.logarithmic);
      if (points.empty()) continue;
      plots.push_back(fmt::format(
          "{} with lines lc rgb '{}' lw {} {}", table(points), hex(line.colour), line.width,
          line.label.empty() ? "notitle" : "title " + gnuplot_string(line.label)));
    }
    if (plots.empty()) {
      plots.push_back(fmt::format("[0:1] [{}] NaN notitle", panel.logarithmic ? "1:10" : "0:1"));
    }
    add(fmt::format("plot {}\n", fmt::join(plots, ", ")));
  }

 private:
  /// Margins, title and tics.
  void add_frame(const Panel& panel, const Cell& cell, const Place& place) {
    add("reset\nset encoding utf8\n");
    add(
        fmt::format("set lmargin at screen {:.6f}\nset rmargin at screen {:.6f}\n"
                    "set tmargin at screen {:.6f}\nset bmargin at screen {:.6f}\n",
                    place.across(cell.left), place.across(cell.left + cell.width),
                    place.down(cell.top), place.down(cell.top + cell.height)));
    if (place.titled && !panel.title.empty()) {
      add(fmt::format("set label {} at screen {:.6f},{:.6f} left noenhanced tc rgb '{}'\n",
                      gnuplot_string(panel.title), place.across(cell.left),
                      1 - (place.y + kTitle / 2) / place.canvas_height, hex(colour::kInk)));
    }
    add(fmt::format(
        "set tics nomirror out scale 0.5 textcolor rgb '{0}'\nset border 3 lc rgb '{0}'\n",
        hex(colour::kInk)));
  }

  /// The axes of an image or a map, and the plot of its pixels.
  std::string add_image(const Panel& panel, const Cell& cell, const Place& place) {
    const auto height = is_map(panel) ? panel.map.height : panel.picture.height;
    const auto width = is_map(panel) ? panel.map.width : panel.picture.width;
    add(fmt::format("set xrange [{}:{}]\nset yrange [{}:{}]\nset border 0\n", panel.x,
                    panel.x + static_cast<double>(width), panel.y + static_cast<double>(height),
                    panel.y));
    if (!panel.ticks) add("unset xtics\nunset ytics\n");
    const Index most = place.screen ? kScreenPixels : kPaperPixels;
    const double area = static_cast<double>(height) * static_cast<double>(width);
    const auto by_area = static_cast<Index>(std::ceil(std::sqrt(area) / static_cast<double>(most)));
    const Index wanted = std::max(by_area, divided_up(std::max(height, width), 4 * most));
    const Index factor = std::min({wanted, height, width});  // a line stays a line
    const auto scale = static_cast<double>(factor);
    if (is_map(panel)) {
      add_colour_bar(panel, cell, place);
      return pixels(factor > 1 ? reduced(panel.map, factor) : panel.map, panel, scale);
    }
    auto picture = factor > 1 ? reduced(panel.picture, factor) : panel.picture;
    if (place.screen) {
      for (auto& value : picture.values) {
        const int level = value * kScreenLevels / 256;
        value = static_cast<std::uint8_t>(level * 255 / (kScreenLevels - 1));
      }
    }
    return pixels(picture, panel, scale);
  }

  void add_colour_bar(const Panel& panel, const Cell& cell, const Place& place) {
    const std::string colours = panel.colours == ColourMap::kViridis
                                    ? gnuplot_palette(colour::kViridis)
                                    : gnuplot_palette(colour::kDiverging);
    const auto [low, high] = colour_range(panel);
    add(fmt::format("set palette defined ({}) maxcolors {}\nset cbrange [{}:{}]\n", colours,
                    place.screen ? kScreenLevels : 256, low, high));
    add(
        fmt::format("set colorbox user origin screen {:.6f},{:.6f} size screen {:.6f},{:.6f} "
                    "noborder\nset cbtics nomirror out scale 0.3\n",
                    place.across(cell.left + cell.width + 10), place.down(cell.top + cell.height),
                    10 / place.canvas_width, cell.height / place.canvas_height));
  }

  void add_curve_axes(const Panel& panel, const Cell& cell, const Place& place) {
    const std::string ink = hex(colour::kInk);
    add(
        fmt::format("set xlabel {} noenhanced tc rgb '{}' offset 0,0.3\n"
                    "set ylabel {} noenhanced tc rgb '{}' offset 1.2,0\n",
                    gnuplot_string(panel.x_label), ink, gnuplot_string(panel.y_label), ink));
    add(fmt::format("set grid lc rgb '{}' lw 0.4\n", hex(colour::kGray)));
    add(fmt::format(
        "set key at screen {:.6f},{:.6f} left bottom horizontal Left reverse noenhanced "
        "tc rgb '{}' samplen 1.5\n",
        place.across(cell.left), place.down(cell.top - 8), ink));
    if (panel.logarithmic) add("set logscale y\n");
  }

  /// A table in the script itself: of a file that it cannot read to its end, gnuplot draws what it
  /// has, without a word.
  std::string table(std::string_view rows) {
    std::string name = fmt::format("$table{}", count_++);
    add(fmt::format("{} << END\n{}END\n", name, rows));
    return name;
  }

  std::string data(std::string_view content) {
    std::string name = fmt::format("data{}", count_++);
    folder_.write(name, content);
    return name;
  }

  /// A plot of pixels that are `scale` px wide.
  template <class T>
  std::string pixels(const Picture<T>& picture, const Panel& panel, double scale) {
    constexpr bool colours = std::is_same_v<T, std::uint8_t>;
    std::string bytes(picture.values.size() * sizeof(T), '\0');
    const auto count = static_cast<size_t>(picture.height * picture.width);
    for (size_t i = 0; i < picture.values.size(); ++i) {  // from planes to pixels
      const size_t at = i % count * static_cast<size_t>(picture.channels) + i / count;
      std::memcpy(bytes.data() + at * sizeof(T), &picture.values[i], sizeof(T));
    }
    return fmt::format(
        "'{}' binary array=({},{}) dx={} dy={} origin=({},{}) format='{}' with {} notitle",
        data(bytes), picture.width, picture.height, scale, scale, panel.x + scale / 2,
        panel.y + scale / 2, colours ? "%uchar%uchar%uchar" : "%float",
        colours ? "rgbimage" : "image");
  }

  const ScratchFolder& folder_;
  std::string text_;
  int count_ = 0;
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

/// A colour as gnuplot writes it into an SVG, with or without spaces.
std::string svg_colour(const Rgb& rgb, bool spaces) {
  const auto [red, green, blue] = rgb;
  return spaces ? fmt::format("rgb({:3}, {:3}, {:3})", red, green, blue)
                : fmt::format("rgb({},{},{})", red, green, blue);
}

/// gnuplot's SVG for the page: its ink follows the reader's colour scheme, and what gnuplot says of
/// itself goes.
std::string for_page(std::string svg) {
  for (const bool spaces : {true, false}) {
    replace_all(svg, svg_colour(colour::kInk, spaces), "currentColor");
  }
  replace_all(svg, "stroke='black'", "stroke='currentColor'");
  const auto drop = [&svg](std::string_view begin, std::string_view end) {
    for (size_t first = 0; (first = svg.find(begin, first)) != std::string::npos;) {
      svg.erase(first, svg.find(end, first) + end.size() - first);
    }
  };
  drop("<title>", "</title>");
  drop("<desc>", "</desc>");
  drop("<defs>", "</defs>");  // marks for points, which are never drawn
  const std::string style = fmt::format(
      "<style>g{{color:{}}}@media(prefers-color-scheme:dark){{g{{color:{}}}"
      "[stroke='{}']{{stroke:{}}}}}</style>\n",
      hex(colour::kInk), hex(colour::kInkOnDark), svg_colour(colour::kBlue, true),
      hex(colour::kBlueOnDark));
  svg.insert(svg.find("<g id=\"gnuplot_canvas\">"), style);
  return svg;
}

/// Adds all panels to the script, each in a file of its own, all equally `width` px wide, so that a
/// browser draws them to one scale.
void add_single_panels(Script& script, const Figure& figure, double width) {
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    const double height = cell_of(figure.panels[i]).whole_height;
    script.add(
        fmt::format("set terminal svg size {:.0f},{:.0f} dynamic font 'sans-serif,12'\n"
                    "set output 'panel{}'\n",
                    width, height, i));
    script.panel(figure.panels[i],
                 {.canvas_width = width, .canvas_height = height, .screen = true});
    script.add("set output\n");
  }
}

/// Adds all panels with their titles to the script, in rows of cells [height, width] px, as the
/// file whole.svg or whole.png.
void add_whole(Script& script, const Figure& figure, double height, double width, bool svg) {
  const auto columns = std::min(static_cast<size_t>(figure.columns), figure.panels.size());
  const auto rows = (figure.panels.size() + columns - 1) / columns;
  const double whole_width = width * static_cast<double>(columns);
  const double whole_height = height * static_cast<double>(rows);
  const double scale = svg ? 1 : 2;
  script.add(
      fmt::format("set terminal {} size {:.0f},{:.0f} font '{}' linewidth {} background "
                  "'#ffffff'\nset output 'whole.{}'\nset multiplot\n",
                  svg ? "svg dynamic" : "pngcairo", scale * whole_width, scale * whole_height,
                  svg ? "sans-serif,12" : "sans,18", scale, svg ? "svg" : "png"));
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    const size_t row = i / columns, column = i % columns;
    script.panel(figure.panels[i], {.canvas_width = whole_width,
                                    .canvas_height = whole_height,
                                    .x = width * static_cast<double>(column),
                                    .y = height * static_cast<double>(row),
                                    .titled = true});
  }
  script.add("unset multiplot\nset output\n");
}

}  // namespace

Line box(double y, double x, double height, double width, const Rgb& colour) {
  return {
      {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}, {x, y}}, colour, 2, ""};
}

namespace {

/// What gnuplot wrote, which does not tell when it has no room for all of it.
std::string read_drawn(const ScratchFolder& folder, const std::string& name,
                       std::string_view last_bytes, const std::string& subject) {
  std::string bytes = folder.read(name);
  if (bytes.ends_with(last_bytes)) return bytes;
  throw Error(fmt::format("{}: gnuplot did not write all of it; is {} full?", subject,
                          folder.path().parent_path().string()));
}

}  // namespace

std::string shortened(const std::string& name) {
  constexpr size_t kMost = 26, kFirst = 12, kLast = 12;  // characters
  std::vector<size_t> begins;                            // where each begins
  for (size_t at = 0; at < name.size();) {
    begins.push_back(at);
    at += std::max(first_character(std::string_view(name).substr(at)).length, size_t{1});
  }
  if (begins.size() <= kMost) return name;
  return name.substr(0, begins[kFirst]) + "\u2026" + name.substr(begins[begins.size() - kLast]);
}

Drawing draw(const Figure& figure) {
  const ScratchFolder folder;
  Script script(folder);
  double width = 0, height = 0;  // of the largest cell
  for (const auto& panel : figure.panels) {
    width = std::max(width, cell_of(panel).whole_width);
    height = std::max(height, cell_of(panel).whole_height);
  }
  add_single_panels(script, figure, width);
  for (const bool svg : {true, false}) add_whole(script, figure, height + kTitle, width, svg);
  const std::string subject = "figure " + figure.name;
  run_gnuplot(folder, script.text(), subject);

  constexpr std::string_view kSvgEnd = "</svg>\n\n", kPngEnd = "IEND\xAE\x42\x60\x82";
  Drawing drawing;
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    drawing.panels.push_back(
        for_page(read_drawn(folder, fmt::format("panel{}", i), kSvgEnd, subject)));
  }
  drawing.svg = read_drawn(folder, "whole.svg", kSvgEnd, subject);
  drawing.png = read_drawn(folder, "whole.png", kPngEnd, subject);
  return drawing;
}

}  // namespace unetflow
