#include <fmt/format.h>

#include <cmath>
#include <pugixml.hpp>
#include <set>
#include <stdexcept>

#include "image/tiff_description.hpp"

namespace unetflow {
namespace {

/// The element's name without its namespace's prefix.
std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::vector<pugi::xml_node> children(const pugi::xml_node& parent, std::string_view name) {
  std::vector<pugi::xml_node> found;
  for (const auto& child : parent.children()) {
    if (local_name(child) == name) found.push_back(child);
  }
  return found;
}

/// A number of planes, pages or the like; -1 where it is not one.
Index number(const pugi::xml_node& node, const char* attribute, Index otherwise) {
  const pugi::xml_attribute found = node.attribute(attribute);
  if (!found) return otherwise;
  const double value = found.as_double(-1);
  return value >= 0 && value <= 1e8 && value == std::floor(value) ? static_cast<Index>(value) : -1;
}

/// Why the planes cannot be known, as the end of a sentence.
struct Unclear : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The planes of one <Pixels>: their axes, and which page of the file each is.
struct Pixels {
  Axes planes;  ///< the slowest first
  std::vector<Index> pages;
};

Pixels read_pixels(const pugi::xml_node& node, const TiffTags& tags) {
  const std::string order = node.attribute("DimensionOrder").value();
  std::string sorted = order.substr(std::min<std::size_t>(2, order.size()));
  Pixels pixels;
  double all = 1;
  for (auto letter = sorted.rbegin(); letter != sorted.rend(); ++letter) {
    Index size = number(node, fmt::format("Size{}", *letter).c_str(), -1);
    // Pages hold the samples of colours, each of which counts as a channel.
    if (*letter == 'C' && size > 0 && tags.samples > 1) {
      if (size % tags.samples != 0) size = -1;
      size /= tags.samples;
    }
    if (size < 1) throw Unclear(fmt::format("has OME metadata without a usable Size{}", *letter));
    pixels.planes.letters += *letter;
    pixels.planes.sizes.push_back(size);
    all *= static_cast<double>(size);
  }
  std::sort(sorted.begin(), sorted.end());
  if (!order.starts_with("XY") || sorted != "CTZ") {
    throw Unclear(fmt::format("has OME metadata with the DimensionOrder \"{}\"", order));
  }
  if (all > static_cast<double>(tags.pages)) {
    throw Unclear(fmt::format(
        "has {} pages, but its OME metadata say {} times, {} slices and {} channels", tags.pages,
        pixels.planes.size('T'), pixels.planes.size('Z'), pixels.planes.size('C')));
  }
  pixels.pages.assign(static_cast<std::size_t>(all), -1);
  return pixels;
}

/// Where the plane (t, z, c) is in the order of the axes; -1: outside.
Index plane_at(const Axes& planes, const pugi::xml_node& data) {
  Index plane = 0;
  for (std::size_t i = 0; i < planes.letters.size(); ++i) {
    const Index at = number(data, fmt::format("First{}", planes.letters[i]).c_str(), 0);
    if (at < 0 || at >= planes.sizes[i]) return -1;
    plane = plane * planes.sizes[i] + at;
  }
  return plane;
}

/// Gives the planes their pages.
void read_tiff_data(const pugi::xml_node& node, const TiffTags& tags, Pixels& pixels) {
  const auto count = static_cast<Index>(pixels.pages.size());
  auto all_data = children(node, "TiffData");
  if (all_data.empty()) all_data.emplace_back();  // all pages in order
  for (const auto& data : all_data) {
    const Index page = number(data, "IFD", 0), plane = plane_at(pixels.planes, data);
    const Index all = data.attribute("IFD") ? 1 : count - plane;
    const Index planes = number(data, "PlaneCount", all);
    if (page < 0 || plane < 0 || planes < 0 || planes > count - plane ||
        planes > tags.pages - page) {
      throw Unclear(
          fmt::format("has {} pages, but its OME metadata name page {} and the {} from it on",
                      tags.pages, page, planes));
    }
    for (Index i = 0; i < planes; ++i) {
      Index& at = pixels.pages[static_cast<std::size_t>(plane + i)];
      if (at != -1) throw Unclear("has OME metadata that name a plane twice");
      at = page + i;
    }
  }
  if (std::find(pixels.pages.begin(), pixels.pages.end(), -1) != pixels.pages.end()) {
    throw Unclear("has OME metadata that do not say where some of its planes are");
  }
}

/// All files that the planes are in, by what OME calls them.
std::set<std::string> files_of(const pugi::xml_node& ome) {
  std::set<std::string> files;
  for (const auto& image : children(ome, "Image")) {
    for (const auto& pixels : children(image, "Pixels")) {
      for (const auto& data : children(pixels, "TiffData")) {
        for (const auto& uuid : children(data, "UUID")) files.insert(uuid.child_value());
      }
    }
  }
  return files;
}

double physical_size(const pugi::xml_node& pixels, const char* name) {
  const std::string unit = pixels.attribute(fmt::format("{}Unit", name).c_str()).as_string("um");
  return rounded_size(pixels.attribute(name).as_double() * micrometres(unit));
}

/// `planes` counts those that were named before.
void read_image(const pugi::xml_node& image, const TiffTags& tags, std::size_t& planes,
                FileDescription& out) {
  for (const auto& node : children(image, "Pixels")) {
    Pixels pixels = read_pixels(node, tags);
    read_tiff_data(node, tags, pixels);
    planes += pixels.pages.size();
    if (planes > static_cast<std::size_t>(tags.pages)) {
      throw Unclear("has OME metadata that name its pages more than once");
    }
    for (auto& of_file : images_of(pixels.planes)) {
      for (auto& plane : of_file.planes) plane = pixels.pages[static_cast<std::size_t>(plane)];
      out.images.push_back(std::move(of_file));
    }
    const std::array<double, 2> size = {physical_size(node, "PhysicalSizeY"),
                                        physical_size(node, "PhysicalSizeX")};
    if (out.pixel_size_um == std::array<double, 2>{}) out.pixel_size_um = size;
    if (!out.channel_names.empty()) continue;
    for (const auto& channel : children(node, "Channel")) {
      out.channel_names.emplace_back(channel.attribute("Name").value());
    }
    if (std::all_of(out.channel_names.begin(), out.channel_names.end(),
                    [](const auto& name) { return name.empty(); })) {
      out.channel_names.clear();
    }
  }
}

}  // namespace

FileDescription describe_ome(const std::string& xml, const TiffTags& tags) {
  FileDescription out;
  pugi::xml_document document;
  // Neither entities of its own nor files are expanded.
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default);
  try {
    if (!parsed) {
      throw Unclear(
          fmt::format("has OME metadata that are not well-formed XML at byte {}", parsed.offset));
    }
    const auto roots = children(document, "OME");
    if (roots.size() != 1) throw Unclear("has OME metadata without an element OME");
    if (!children(roots[0], "BinaryOnly").empty() || files_of(roots[0]).size() > 1) {
      throw Unclear(
          "is one of several files of an OME-TIFF, which are not joined here (bfconvert of "
          "Bio-Formats makes one of them)");
    }
    std::size_t planes = 0;
    for (const auto& image : children(roots[0], "Image")) read_image(image, tags, planes, out);
    if (out.images.empty()) throw Unclear("has OME metadata without an image");
    if (planes < static_cast<std::size_t>(tags.pages)) {
      throw Unclear(fmt::format("has {} pages, but its OME metadata name only {} of them",
                                tags.pages, planes));
    }
  } catch (const Unclear& unclear) {
    out.images.clear();
    out.unclear = unclear.what();
  }
  return out;
}

}  // namespace unetflow
