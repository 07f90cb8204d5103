// Figures as data: panels with images, maps and lines, and how they become files. Each panel is
// drawn by itself for the page, where a browser arranges them as the screen allows. All together
// are drawn for papers, as PNG and SVG.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "figure/palette.hpp"
#include "image/view.hpp"

namespace unetflow {

struct Line {
  std::vector<std::array<double, 2>> points;  ///< x, y
  Rgb colour = colour::kInk;
  double width = 1.5;  ///< px on the page
  std::string label;   ///< in the legend; none when empty
};

/// The outline of a box of pixels whose first is (y, x).
Line box(double y, double x, double height, double width, const Rgb& colour);

enum class ColourMap { kViridis, kDiverging };

/// An image in colour, or a map with its colour bar, or curves; with lines over it.
struct Panel {
  std::string title;
  Picture<std::uint8_t> picture;  ///< R, G, B
  Picture<float> map;             ///< one channel
  double low = 0, high = 1;       ///< values at the colour bar's ends
  ColourMap colours = ColourMap::kViridis;
  double y = 0, x = 0;  ///< px; where the first pixel is
  std::vector<Line> lines;
  std::string x_label, y_label;
  bool logarithmic = false;  ///< y axis
  bool ticks = true;
};

struct Figure {
  std::string name;         ///< of its files: overlap_tiles
  std::string caption;      ///< what it shows
  std::string alternative;  ///< alt text
  int columns = 2;
  std::vector<Panel> panels;
};

/// A name as a panel's title has room for: its first and last characters where it is longer.
std::string shortened(const std::string& name);

struct Drawing {
  std::vector<std::string> panels;  ///< SVG, images reduced to screen size, light and dark
  std::string svg, png;             ///< all panels with their titles, images at full size
};

/// Draws with gnuplot. Equal figures give equal bytes. Throws Error when gnuplot fails.
Drawing draw(const Figure& figure);

}  // namespace unetflow
