#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/json.hpp"
#include "image/outlines.hpp"

namespace unetflow {
namespace {

/// A value with its place, "FILE at /features/3/geometry".
class Node {
 public:
  Node(const Json& value, std::string place) : value_(value), place_(std::move(place)) {}

  [[noreturn]] void refuse(const std::string& problem) const { throw InputError(place_, problem); }
  [[noreturn]] void expected(const char* what) const {
    std::string shown = value_.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (shown.size() > 40) shown = shown.substr(0, 37) + "...";
    refuse(fmt::format("is {}, expected {}", shown, what));
  }

  const Json& value() const { return value_; }
  bool has(const char* key) const { return value_.is_object() && value_.contains(key); }
  Node operator[](const char* key) const {
    if (!has(key)) refuse(fmt::format("has no \"{}\"", key));
    return {value_[key], fmt::format("{}/{}", place_, key)};
  }
  std::vector<Node> list() const {
    if (!value_.is_array()) expected("a list");
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < value_.size(); ++i) {
      nodes.emplace_back(value_[i], fmt::format("{}/{}", place_, i));
    }
    return nodes;
  }
  std::string text() const {
    if (!value_.is_string()) expected("a text");
    return value_.get<std::string>();
  }
  std::int64_t whole(std::int64_t most) const {
    if (!value_.is_number_integer() || value_ < 0 || value_ > most) {
      expected(fmt::format("a whole number up to {}", most).c_str());
    }
    return value_.get<std::int64_t>();
  }
  double coordinate() const {
    constexpr double kFarthest = 1e7;
    if (!value_.is_number() || !(std::abs(value_.get<double>()) <= kFarthest)) {
      expected("a coordinate in pixels");
    }
    return value_.get<double>();
  }

 private:
  const Json& value_;
  std::string place_;
};

constexpr std::int64_t kLongestSide = 1'000'000;

// ---- GeoJSON (RFC 7946)

Area area_of(const Node& polygon) {
  Area area;
  for (const Node& ring : polygon.list()) {
    Ring points;
    for (const Node& position : ring.list()) {
      const auto numbers = position.list();
      if (numbers.size() < 2) position.expected("two coordinates, x and y");
      points.push_back({numbers[0].coordinate(), numbers[1].coordinate()});
    }
    area.rings.push_back(std::move(points));
  }
  return area;
}

/// QuPath's classification: an object with a name, or the name; empty where there is none.
std::string category_of_feature(const Node& feature) {
  if (!feature.has("properties") || !feature["properties"].has("classification")) return "";
  const Node classification = feature["properties"]["classification"];
  if (classification.value().is_null()) return "";
  return classification.has("name") ? classification["name"].text() : classification.text();
}

Outline cell_of_feature(const Node& feature) {
  const Node geometry = feature["geometry"];
  const std::string type = geometry["type"].text();
  Outline cell;
  cell.category = category_of_feature(feature);
  if (type == "Polygon") {
    cell.areas.push_back(area_of(geometry["coordinates"]));
  } else if (type == "MultiPolygon") {
    for (const Node& polygon : geometry["coordinates"].list())
      cell.areas.push_back(area_of(polygon));
  } else {
    geometry["type"].expected("Polygon or MultiPolygon, which have an area");
  }
  return cell;
}

OutlinedImage geojson(const std::vector<Node>& features) {
  OutlinedImage image;
  for (const Node& feature : features) {
    if (feature["type"].text() != "Feature") feature["type"].expected("a Feature of GeoJSON");
    image.cells.push_back(cell_of_feature(feature));
  }
  return image;
}

// ---- COCO (cocodataset.org, "Data format")

/// Run lengths as COCO packs them into text: numbers of 5 bits a character, the lowest first, with
/// a bit for "more follows"; from the fourth on they are differences from that two before.
std::vector<std::uint32_t> unpacked_runs(const Node& counts) {
  std::vector<std::uint32_t> runs;
  std::int64_t value = 0;
  int shift = 0;
  for (const char character : counts.text()) {
    const int bits = character - 48;
    if (bits < 0 || bits > 63 || shift > 30) counts.expected("packed run lengths");
    value |= static_cast<std::int64_t>(bits & 31) << shift;
    shift += 5;
    if ((bits & 32) != 0) continue;
    if ((bits & 16) != 0) value -= std::int64_t{1} << shift;
    if (runs.size() > 2) value += runs[runs.size() - 2];
    if (value < 0 || value > UINT32_MAX) counts.expected("packed run lengths");
    runs.push_back(static_cast<std::uint32_t>(value));
    value = shift = 0;
  }
  if (shift != 0) counts.expected("packed run lengths");
  return runs;
}

std::vector<std::uint32_t> runs_of(const Node& segmentation, const OutlinedImage& image) {
  const auto size = segmentation["size"].list();
  if (size.size() != 2 || size[0].whole(kLongestSide) != image.height ||
      size[1].whole(kLongestSide) != image.width) {
    segmentation["size"].expected(
        fmt::format("[{}, {}], the image's height and width", image.height, image.width).c_str());
  }
  const Node counts = segmentation["counts"];
  std::vector<std::uint32_t> runs;
  if (counts.value().is_string()) {
    runs = unpacked_runs(counts);
  } else {
    for (const Node& run : counts.list()) {
      runs.push_back(static_cast<std::uint32_t>(run.whole(UINT32_MAX)));
    }
  }
  std::int64_t pixels = 0;
  for (const auto run : runs) pixels += run;
  if (pixels != image.height * image.width) {
    counts.refuse(fmt::format("has runs of {} pixels, expected {} as the image has", pixels,
                              image.height * image.width));
  }
  return runs;
}

/// The names of COCO's categories by their ids.
std::map<std::int64_t, std::string> categories_of(const Node& root) {
  std::map<std::int64_t, std::string> names;
  if (!root.has("categories")) return names;
  for (const Node& category : root["categories"].list()) {
    names[category["id"].whole(INT64_MAX)] = category["name"].text();
  }
  return names;
}

std::string category_of_annotation(const Node& annotation,
                                   const std::map<std::int64_t, std::string>& categories) {
  if (!annotation.has("category_id") || categories.empty()) return "";
  const auto found = categories.find(annotation["category_id"].whole(INT64_MAX));
  if (found == categories.end()) {
    annotation["category_id"].expected("the id of one of the categories");
  }
  return found->second;
}

Outline cell_of_annotation(const Node& annotation, const OutlinedImage& image) {
  const Node segmentation = annotation["segmentation"];
  Outline cell;
  cell.ignored = annotation.has("iscrowd") && annotation["iscrowd"].whole(1) == 1;
  if (segmentation.value().is_object()) {
    cell.runs = runs_of(segmentation, image);
    return cell;
  }
  const auto polygons = segmentation.list();
  if (polygons.empty() && annotation.has("bbox")) {
    segmentation.refuse("is empty, and a box (bbox) is no outline of a cell");
  }
  for (const Node& polygon : polygons) {
    const auto numbers = polygon.list();
    if (numbers.size() % 2 != 0) polygon.refuse("has an odd number of coordinates");
    Ring ring;
    for (std::size_t i = 0; i < numbers.size(); i += 2) {
      ring.push_back({numbers[i].coordinate(), numbers[i + 1].coordinate()});
    }
    cell.areas.push_back({{std::move(ring)}});
  }
  return cell;
}

std::vector<OutlinedImage> coco(const Node& root) {
  std::vector<OutlinedImage> images;
  std::map<std::int64_t, std::size_t> number_of;
  for (const Node& image : root["images"].list()) {
    if (!number_of.try_emplace(image["id"].whole(INT64_MAX), images.size()).second) {
      image["id"].refuse("is that of another image, too");
    }
    images.push_back({image["file_name"].text(),
                      image["height"].whole(kLongestSide),
                      image["width"].whole(kLongestSide),
                      {}});
    if (images.back().image.empty()) image["file_name"].expected("the name of a file");
  }
  if (images.empty()) root["images"].refuse("lists no images");
  const auto categories = categories_of(root);
  for (const Node& annotation : root["annotations"].list()) {
    const auto number = number_of.find(annotation["image_id"].whole(INT64_MAX));
    if (number == number_of.end()) annotation["image_id"].expected("the id of one of the images");
    OutlinedImage& image = images[number->second];
    image.cells.push_back(cell_of_annotation(annotation, image));
    image.cells.back().category = category_of_annotation(annotation, categories);
  }
  return images;
}

}  // namespace

std::vector<OutlinedImage> parse_outline_json(std::string_view text, const std::string& place) {
  const Json json = parse_json(text, place);
  const Node root(json, place + " at ");
  if (root.has("images") && root.has("annotations")) return coco(root);
  const Json type = json.is_object() ? json.value("type", Json()) : Json();
  if (type == "FeatureCollection") return {geojson(root["features"].list())};
  if (type == "Feature") return {geojson({root})};
  if (json.is_array()) return {geojson(root.list())};
  throw InputError(place,
                   "is neither COCO (\"images\" and \"annotations\") nor GeoJSON (\"features\")");
}

}  // namespace unetflow
