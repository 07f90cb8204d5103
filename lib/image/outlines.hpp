// Cells as outlines instead of pixels, as annotators draw them: ImageJ's ROIs, COCO and GeoJSON.
// Coordinates are in pixels, x to the right and y down; a whole number is a corner of pixels, so
// that the first pixel's middle is at (0.5, 0.5).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

struct Point {
  double x = 0, y = 0;
};
using Ring = std::vector<Point>;  ///< closed: the last point is joined with the first

/// Rings, of which those inside others are holes (even-odd rule); or an ellipse.
struct Area {
  std::vector<Ring> rings = {};
  bool ellipse = false;  ///< that in the box of the only ring
};

/// The pixels of one cell: those whose middles are in one of the areas, or in the runs.
struct Outline {
  std::string name = {};      ///< as the file calls it, for messages
  std::string category = {};  ///< its kind, as the file names it; empty: not said
  std::vector<Area> areas = {};
  /// Numbers of pixels that are outside, inside, outside, ... column by column from the left.
  std::vector<std::uint32_t> runs = {};
  bool ignored = false;  ///< a crowd of cells that nobody has drawn one by one
  /// Which image of a stack it is in, counted from 0; -1: not said.
  std::int64_t page = -1, t = -1, z = -1;
};

/// The cells of one image.
struct OutlinedImage {
  std::string image = {};       ///< the file of the image, where this file says it
  Index height = 0, width = 0;  ///< of the image; 0: not said
  std::vector<Outline> cells = {};
};

/// Whether a file with these first bytes may hold outlines: a ROI of ImageJ, a ZIP of them, or
/// JSON.
bool may_hold_outlines(std::string_view head);

/// All that a file holds: one image, or those that a COCO file lists, in its order. Throws
/// InputError naming the file, and the cell where it is one, where it is damaged, is of another
/// kind or has shapes without an area.
std::vector<OutlinedImage> read_outlines(const std::filesystem::path& file);

/// One .roi file of ImageJ or an entry of a ZIP (ij/io/RoiDecoder.java describes the format).
/// Throws InputError(place, ...) where it is damaged or has no area, as lines and points have none.
Outline parse_imagej_roi(std::string_view bytes, const std::string& place);

/// COCO ("images" and "annotations" with polygons or run lengths; crowds are ignored) or GeoJSON
/// (Polygon and MultiPolygon, as QuPath exports them).
std::vector<OutlinedImage> parse_outline_json(std::string_view text, const std::string& place);

/// Cells as pixels.
struct DrawnOutlines {
  Picture<std::uint32_t> ids;             ///< number of the outline + 1; 0: none
  Picture<std::uint8_t> is_ignored;       ///< 1 where a crowd is and no cell
  Index shared = 0;                       ///< pixels in two cells; the later one has them
  Index empty = 0;                        ///< cells without a pixel in the image
  std::set<std::string> categories = {};  ///< of the cells, without the empty one
};
DrawnOutlines draw(const std::vector<Outline>& cells, Index height, Index width);

}  // namespace unetflow
