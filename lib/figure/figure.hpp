// Figures as data: panels with pictures, maps and lines, and how they become files. Each panel is
// drawn by itself for the page (a browser arranges them as the screen allows) and all together for
// papers, as PNG and SVG.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// Colours that the colour-blind tell apart (Okabe and Ito 2008), as #rrggbb.
namespace colour {
inline constexpr const char* kInk = "#1a1b1c";  ///< on a dark page it turns light
inline constexpr const char* kGray = "#a3a7ab";
inline constexpr const char* kBlue = "#0072b2";
inline constexpr const char* kOrange = "#e69f00";
inline constexpr const char* kGreen = "#009e73";
inline constexpr const char* kRed = "#d55e00";
inline constexpr const char* kPurple = "#cc79a7";
inline constexpr const char* kYellow = "#f0e442";
inline constexpr const char* kWhite = "#ffffff";
}  // namespace colour

struct Line {
  std::vector<std::array<double, 2>> points;  ///< x, y
  std::string colour = colour::kInk;
  double width = 1.5;  ///< px on the page
  std::string label;   ///< in the key; none when empty
};

/// The outline of a box of pixels whose first is (y, x).
Line box(double y, double x, double height, double width, const char* colour);

enum class Palette { kViridis, kDiverging };

/// One picture in colour, or one map with its colour bar, or curves; with lines over it.
struct Panel {
  std::string title;
  Picture<std::uint8_t> picture;  ///< R, G, B
  Picture<float> map;             ///< one channel
  double low = 0, high = 1;       ///< values at the colour bar's ends
  Palette palette = Palette::kViridis;
  double y = 0, x = 0;  ///< px; where the picture's first pixel lies
  std::vector<Line> lines;
  std::string x_label, y_label;
  bool logarithmic = false;  ///< y axis
  bool ticks = true;
};

struct Figure {
  std::string name;         ///< of its files: overlap_tiles
  std::string caption;      ///< what it shows
  std::string alternative;  ///< the same for who cannot see it
  int columns = 2;
  std::vector<Panel> panels;
};

struct Drawing {
  std::vector<std::string> panels;  ///< SVG, pictures reduced to screen size, light and dark
  std::string svg, png;             ///< all panels with their titles, pictures at full size
};

/// Draws with gnuplot; equal figures give equal bytes. Throws Error when gnuplot fails.
Drawing draw(const Figure& figure);

}  // namespace unetflow
