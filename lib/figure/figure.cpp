#include "figure/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "figure/gnuplot.hpp"
#include "figure/paint.hpp"

namespace unetflow {
namespace {

constexpr Index kScreenPixels = 300;  // a picture's longer side on the page, at most
constexpr Index kPaperPixels = 1600;  // and in the files for papers
constexpr double kPlot = 340;         // px; width of a picture's axes
constexpr double kCurveWidth = 520, kCurveHeight = 260;
constexpr double kTitle = 26;  // px; height of a panel's title in the files for papers

// Viridis (van der Walt and Smith 2015) at eight points, and a diverging map from blue to red.
constexpr const char* kViridisColours =
    "0 '#440154', 1 '#46327e', 2 '#365c8d', 3 '#277f8e', 4 '#1fa187', 5 '#4ac16d', 6 '#a0da39', "
    "7 '#fde725'";
constexpr const char* kDivergingColours =
    "0 '#053061', 1 '#4393c3', 2 '#d1e5f0', 3 '#f7f7f7', 4 '#fddbc7', 5 '#d6604d', 6 '#67001f'";

/// Where a panel's axes lie in its cell, in px from the cell's upper left corner.
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
    cell.left = panel.ticks ? 34 : 4;
    cell.top = 8;
    cell.whole_width = cell.left + cell.width + (map ? 54 : 14);
    cell.whole_height = cell.top + cell.height + (panel.ticks ? 30 : 4);
  } else {
    cell = {72, 30, kCurveWidth, kCurveHeight, kCurveWidth + 92, kCurveHeight + 88};
  }
  return cell;
}

/// The commands that draw one panel, and the data files they read.
class Script {
 public:
  explicit Script(const ScratchFolder& folder) : folder_(folder) {}

  void add(std::string_view commands) { text_ += commands; }
  const std::string& text() const { return text_; }

  /// Draws into a canvas [height, width] px, the panel's cell at (y, x); for the screen with as
  /// many pixels and gray levels as one sees there.
  void panel(const Panel& panel, double canvas_width, double canvas_height, double x, double y,
             bool title, bool screen) {
    const Cell cell = cell_of(panel);
    const auto across = [&](double px) { return (x + px) / canvas_width; };
    const auto down = [&](double px) {
      return 1 - (y + (title ? kTitle : 0) + px) / canvas_height;
    };
    add("reset\nset encoding utf8\n");
    add(
        fmt::format("set lmargin at screen {:.6f}\nset rmargin at screen {:.6f}\n"
                    "set tmargin at screen {:.6f}\nset bmargin at screen {:.6f}\n",
                    across(cell.left), across(cell.left + cell.width), down(cell.top),
                    down(cell.top + cell.height)));
    if (title && !panel.title.empty()) {
      add(fmt::format("set label {} at screen {:.6f},{:.6f} left noenhanced tc rgb '{}'\n",
                      gnuplot_string(panel.title), across(cell.left),
                      1 - (y + kTitle / 2) / canvas_height, colour::kInk));
    }
    add(fmt::format(
        "set tics nomirror out scale 0.5 textcolor rgb '{0}'\nset border 3 lc rgb '{0}'\n",
        colour::kInk));
    std::vector<std::string> plots;
    if (is_picture(panel)) {
      const auto height = is_map(panel) ? panel.map.height : panel.picture.height;
      const auto width = is_map(panel) ? panel.map.width : panel.picture.width;
      add(fmt::format("set xrange [{}:{}]\nset yrange [{}:{}]\nset border 0\n", panel.x,
                      panel.x + static_cast<double>(width), panel.y + static_cast<double>(height),
                      panel.y));
      if (!panel.ticks) add("unset xtics\nunset ytics\n");
      const Index most = screen ? kScreenPixels : kPaperPixels;
      const Index factor = (std::max(height, width) + most - 1) / most;
      if (is_map(panel)) {
        add(fmt::format("set palette defined ({}) maxcolors {}\nset cbrange [{}:{}]\n",
                        panel.palette == Palette::kViridis ? kViridisColours : kDivergingColours,
                        screen ? 64 : 256, panel.low, panel.high));
        add(
            fmt::format("set colorbox user origin screen {:.6f},{:.6f} size screen {:.6f},{:.6f} "
                        "noborder\nset cbtics nomirror out scale 0.3\n",
                        across(cell.left + cell.width + 10), down(cell.top + cell.height),
                        10 / canvas_width, cell.height / canvas_height));
        plots.push_back(image(factor > 1 ? reduced(panel.map, factor) : panel.map, panel,
                              static_cast<double>(factor)));
      } else {
        auto picture = factor > 1 ? reduced(panel.picture, factor) : panel.picture;
        if (screen) {
          for (auto& value : picture.values) value = static_cast<std::uint8_t>(value / 4 * 85 / 21);
        }
        plots.push_back(image(picture, panel, static_cast<double>(factor)));
      }
    } else {
      add(
          fmt::format("set xlabel {} noenhanced tc rgb '{}' offset 0,0.3\nset ylabel {} noenhanced "
                      "tc rgb '{}'\n",
                      gnuplot_string(panel.x_label), colour::kInk, gnuplot_string(panel.y_label),
                      colour::kInk));
      add("set grid lc rgb '#a8a8a8' lw 0.4\n");
      add(fmt::format(
          "set key at screen {:.6f},{:.6f} left bottom horizontal Left reverse noenhanced "
          "tc rgb '{}' samplen 1.5\n",
          across(cell.left), down(cell.top - 8), colour::kInk));
      if (panel.logarithmic) add("set logscale y\n");
    }
    for (const auto& line : panel.lines) {
      std::string points;
      for (const auto& [px, py] : line.points) points += fmt::format("{:.9g} {:.9g}\n", px, py);
      plots.push_back(
          fmt::format("'{}' with lines lc rgb '{}' lw {} {}", data(points), line.colour, line.width,
                      line.label.empty() ? "notitle" : "title " + gnuplot_string(line.label)));
    }
    add(fmt::format("plot {}\n", fmt::join(plots, ", ")));
  }

 private:
  std::string data(std::string_view content) {
    const std::string name = fmt::format("data{}", count_++);
    folder_.write(name, content);
    return name;
  }

  /// A plot of pixels that are `scale` px wide.
  template <class T>
  std::string image(const Picture<T>& picture, const Panel& panel, double scale) {
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

/// gnuplot's SVG with its ink following the reader's colour scheme, and without gnuplot's own
/// words.
std::string for_page(std::string svg) {
  replace_all(svg, "rgb( 26,  27,  28)", "currentColor");
  replace_all(svg, "rgb(26,27,28)", "currentColor");
  replace_all(svg, "stroke='black'", "stroke='currentColor'");
  const auto drop = [&svg](std::string_view begin, std::string_view end) {
    for (size_t first = 0; (first = svg.find(begin, first)) != std::string::npos;) {
      svg.erase(first, svg.find(end, first) + end.size() - first);
    }
  };
  drop("<title>", "</title>");
  drop("<desc>", "</desc>");
  drop("<defs>", "</defs>");  // marks for points, of which there are none
  const std::string style =
      "<style>g{color:#1a1b1c}@media(prefers-color-scheme:dark){g{color:#d8dade}"
      "[stroke='rgb(  0, 114, 178)']{stroke:#3d9bdc}}</style>\n";
  svg.insert(svg.find("<g id=\"gnuplot_canvas\">"), style);
  return svg;
}

}  // namespace

Line box(double y, double x, double height, double width, const char* colour) {
  return {
      {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}, {x, y}}, colour, 2, ""};
}

Drawing draw(const Figure& figure) {
  const ScratchFolder folder;
  Script script(folder);
  double width = 0, height = 0;  // of the largest cell
  for (const auto& panel : figure.panels) {
    width = std::max(width, cell_of(panel).whole_width);
    height = std::max(height, cell_of(panel).whole_height);
  }
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    // Equally wide, so that a browser draws all to one scale.
    const double own_height = cell_of(figure.panels[i]).whole_height;
    script.add(
        fmt::format("set terminal svg size {:.0f},{:.0f} dynamic font 'sans-serif,12'\n"
                    "set output 'panel{}'\n",
                    width, own_height, i));
    script.panel(figure.panels[i], width, own_height, 0, 0, false, true);
    script.add("set output\n");
  }

  // All panels in rows of cells as large as the largest.
  height += kTitle;
  const auto columns = std::min(static_cast<size_t>(figure.columns), figure.panels.size());
  const auto rows = (figure.panels.size() + columns - 1) / columns;
  const double whole_width = width * static_cast<double>(columns);
  const double whole_height = height * static_cast<double>(rows);
  for (const bool vector : {true, false}) {
    const double scale = vector ? 1 : 2;
    script.add(
        fmt::format("set terminal {} size {:.0f},{:.0f} font '{}' linewidth {} background "
                    "'#ffffff'\nset output 'whole.{}'\nset multiplot\n",
                    vector ? "svg dynamic" : "pngcairo", scale * whole_width, scale * whole_height,
                    vector ? "sans-serif,12" : "sans,18", scale, vector ? "svg" : "png"));
    for (size_t i = 0; i < figure.panels.size(); ++i) {
      script.panel(figure.panels[i], whole_width, whole_height,
                   width * static_cast<double>(i % columns),
                   height * static_cast<double>(i / columns), true, false);
    }
    script.add("unset multiplot\nset output\n");
  }
  run_gnuplot(folder, script.text());

  Drawing drawing;
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    drawing.panels.push_back(for_page(folder.read(fmt::format("panel{}", i))));
  }
  drawing.svg = folder.read("whole.svg");
  drawing.png = folder.read("whole.png");
  return drawing;
}

}  // namespace unetflow
