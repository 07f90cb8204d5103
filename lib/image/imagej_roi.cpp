// One ROI of ImageJ: big-endian, 64 bytes of header, coordinates, and a second header that the
// first one points to. Numbers of bytes are those of the table in ij/io/RoiDecoder.java.
#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "core/error.hpp"
#include "image/outlines.hpp"

namespace unetflow {
namespace {

enum Type { kPolygon = 0, kRectangle = 1, kOval = 2, kFreehand = 7, kTraced = 8 };
constexpr const char* kTypeNames[] = {
    "a polygon",    "a rectangle",    "an oval",      "a line",   "a freehand line", "a polyline",
    "an empty ROI", "a freehand ROI", "a traced ROI", "an angle", "a point"};
constexpr int kText = 1, kArrow = 2, kImage = 4;  // subtypes

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& place) : bytes_(bytes), place_(place) {}

  [[noreturn]] void refuse(const std::string& problem) const { throw InputError(place_, problem); }

  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) refuse("is damaged: it ends too early");
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(bytes_[at + i]);
    }
    return value;
  }
  int byte(std::size_t at) const { return static_cast<int>(number(at, 1)); }
  int half(std::size_t at) const { return static_cast<std::int16_t>(number(at, 2)); }
  std::int64_t word(std::size_t at) const { return static_cast<std::int32_t>(number(at, 4)); }
  double real(std::size_t at) const {
    const double value = std::bit_cast<float>(number(at, 4));
    if (!(std::abs(value) < 1e7)) refuse("is damaged: it has a coordinate that is not one");
    return value;
  }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  const std::string& place_;
};

Ring box(double left, double top, double right, double bottom) {
  return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

/// A path of a composite ROI, as java.awt.geom.PathIterator numbers its segments.
std::vector<Ring> rings_of_path(const Reader& roi, std::size_t numbers) {
  constexpr int kSteps = 16;  // of a curve
  std::vector<Ring> rings;
  const auto point = [&](std::size_t i) {
    return Point{roi.real(64 + 4 * i), roi.real(68 + 4 * i)};
  };
  for (std::size_t i = 0; i < numbers;) {
    const int segment = static_cast<int>(roi.real(64 + 4 * i++));
    const std::size_t points = segment == 4   ? 0
                               : segment == 0 ? 1
                                              : static_cast<std::size_t>(segment);
    if (segment < 0 || segment > 4 || i + 2 * points > numbers || (segment > 0 && rings.empty())) {
      roi.refuse("is damaged: it has a path that is not one");
    }
    if (segment == 0) rings.emplace_back();
    if (segment <= 1) rings.back().push_back(point(i));
    for (int step = 1; step <= kSteps && (segment == 2 || segment == 3); ++step) {
      // De Casteljau's construction.
      std::vector<Point> control = {rings.back().end()[-step]};  // where the curve begins
      for (std::size_t k = 0; k < points; ++k) control.push_back(point(i + 2 * k));
      const double s = static_cast<double>(step) / kSteps;
      for (std::size_t left = control.size() - 1; left > 0; --left) {
        for (std::size_t k = 0; k < left; ++k) {
          control[k].x += s * (control[k + 1].x - control[k].x);
          control[k].y += s * (control[k + 1].y - control[k].y);
        }
      }
      rings.back().push_back(control[0]);
    }
    i += 2 * points;
  }
  return rings;
}

/// Of a polygon and its like: whole numbers from the box's corner, or behind them floats.
Ring ring_of_points(const Reader& roi, bool subpixel) {
  std::size_t count = roi.number(16, 2);
  if (count == 0) count = roi.number(18, 4);
  if (count > roi.size() / 4) roi.refuse("is damaged: it ends too early");
  const int top = roi.half(8), left = roi.half(10);
  Ring ring(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (subpixel) {
      const std::size_t floats = 64 + 4 * count;
      ring[i] = {roi.real(floats + 4 * i), roi.real(floats + 4 * (count + i))};
    } else {
      ring[i] = {static_cast<double>(left + roi.half(64 + 2 * i)),
                 static_cast<double>(top + roi.half(64 + 2 * (count + i)))};
    }
  }
  return ring;
}

/// Which image it is in, and what it is called.
void read_second_header(const Reader& roi, Outline& out) {
  const std::int64_t position = roi.word(56);
  if (position > 0) out.page = position - 1;
  const std::size_t second = roi.number(60, 4);
  if (second == 0) return;
  out.z = roi.word(second + 8) - 1;
  out.t = roi.word(second + 12) - 1;
}

}  // namespace

Outline parse_imagej_roi(std::string_view bytes, const std::string& place) {
  const Reader roi(bytes, place);
  if (!bytes.starts_with("Iout")) roi.refuse("is not a ROI of ImageJ");
  constexpr int kSubpixel = 128;
  const int version = roi.half(4), type = roi.byte(6), subtype = roi.half(48);
  const bool subpixel = version >= 222 && (roi.half(50) & kSubpixel) != 0;
  const std::size_t path = roi.number(36, 4);
  Outline out;
  read_second_header(roi, out);
  if (subtype == kText || subtype == kArrow || subtype == kImage) {
    roi.refuse("is a text, an arrow or an overlaid image, expected an area");
  }
  if (path > 0) {
    if (path > roi.size() / 4) roi.refuse("is damaged: it ends too early");
    out.areas.push_back({rings_of_path(roi, path)});
  } else if (type == kRectangle || type == kOval) {
    if (type == kRectangle && roi.half(54) > 0) {
      roi.refuse("is a rectangle with rounded corners, expected an area without them");
    }
    const bool floats = subpixel && version >= 223;
    const double left = floats ? roi.real(18) : roi.half(10),
                 top = floats ? roi.real(22) : roi.half(8);
    const double right = floats ? left + roi.real(26) : roi.half(14);
    const double bottom = floats ? top + roi.real(30) : roi.half(12);
    if (right > left && bottom > top) {
      out.areas.push_back({{box(left, top, right, bottom)}, type == kOval});
    }
  } else if (type == kPolygon || type == kFreehand || type == kTraced) {
    out.areas.push_back({{ring_of_points(roi, subpixel)}});
  } else {
    roi.refuse(fmt::format(
        "is {}, expected an area: polygon, freehand, traced, rectangle, oval or composite",
        type < 11 ? kTypeNames[type] : "an ROI of an unknown type"));
  }
  return out;
}

}  // namespace unetflow
