#include "image/ome_output.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <pugixml.hpp>
#include <sstream>
#include <type_traits>
#include <utility>

#include "core/error.hpp"
#include "core/output_file.hpp"

namespace unetflow {
namespace {

constexpr Index kChunk = 1024;  // px

/// Those axes of the planes along which there are several.
Axes long_axes(const FileDescription& description) {
  Axes axes;
  for (std::size_t i = 0; i < description.axes.letters.size(); ++i) {
    if (description.axes.sizes[i] == 1) continue;
    axes.letters += description.axes.letters[i];
    axes.sizes.push_back(description.axes.sizes[i]);
  }
  return axes;
}

void write_file(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  OutputFile output(file);
  output.write(text);
  output.close();
}

constexpr const char* kFloat = "<f4";

template <class T>
constexpr const char* zarr_type() {
  return std::is_same_v<T, float> ? kFloat : sizeof(T) == 2 ? "<u2" : "<u4";
}

/// Half as many rows and columns, rounded up: means of 2 x 2 pixels, or of those of them that there
/// are; of ids that of the first.
template <class T>
Picture<T> halved(Plane<const T> plane) {
  Picture<T> half((plane.height + 1) / 2, (plane.width + 1) / 2);
  for (Index y = 0; y < half.height; ++y) {
    for (Index x = 0; x < half.width; ++x) {
      T& out = half.plane()(y, x);
      out = plane(2 * y, 2 * x);
      if (!std::is_same_v<T, float>) continue;
      const Index down = 2 * y + 1 < plane.height ? 1 : 0, right = 2 * x + 1 < plane.width ? 1 : 0;
      double sum = 0;
      for (Index v = 0; v <= down; ++v) {
        for (Index u = 0; u <= right; ++u) {
          sum += static_cast<double>(plane(2 * y + v, 2 * x + u));
        }
      }
      out = static_cast<T>(sum / static_cast<double>((1 + down) * (1 + right)));
    }
  }
  return half;
}

}  // namespace

std::string ome_xml(const FileDescription& description, const std::string& name, Index height,
                    Index width, const std::string& type) {
  pugi::xml_document document;
  auto ome = document.append_child("OME");
  const auto set = [](pugi::xml_node node, const char* key, const auto& value) {
    node.append_attribute(key).set_value(value);
  };
  set(ome, "xmlns", "http://www.openmicroscopy.org/Schemas/OME/2016-06");
  set(ome, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
  set(ome, "xsi:schemaLocation",
      "http://www.openmicroscopy.org/Schemas/OME/2016-06 "
      "http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd");
  auto image = ome.append_child("Image");
  set(image, "ID", "Image:0");
  set(image, "Name", name.c_str());
  auto pixels = image.append_child("Pixels");
  const auto depths = description.axes.size('Z'), times = description.axes.size('T');
  set(pixels, "ID", "Pixels:0");
  set(pixels, "DimensionOrder", "XYZCT");
  set(pixels, "Type", type.c_str());
  for (const auto& [key, size] :
       {std::pair("SizeX", width), std::pair("SizeY", height), std::pair("SizeZ", depths),
        std::pair("SizeC", Index{1}), std::pair("SizeT", times)}) {
    set(pixels, key, static_cast<long long>(size));
  }
  const auto [pixel_height, pixel_width] = description.pixel_size_um;
  if (pixel_height > 0 && pixel_width > 0) {
    set(pixels, "PhysicalSizeX", pixel_width);
    set(pixels, "PhysicalSizeXUnit", "\u00b5m");
    set(pixels, "PhysicalSizeY", pixel_height);
    set(pixels, "PhysicalSizeYUnit", "\u00b5m");
  }
  auto channel = pixels.append_child("Channel");
  set(channel, "ID", "Channel:0:0");
  set(channel, "SamplesPerPixel", 1);
  for (Index plane = 0; plane < depths * times; ++plane) {
    auto data = pixels.append_child("TiffData");
    set(data, "IFD", static_cast<long long>(plane));
    set(data, "FirstZ", static_cast<long long>(plane % depths));
    set(data, "FirstT", static_cast<long long>(plane / depths));
    set(data, "PlaneCount", 1);
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw, pugi::encoding_utf8);
  return text.str();
}

ZarrWriter::ZarrWriter(std::function<std::filesystem::path(const std::string&)> file,
                       FileDescription description, std::string name)
    : file_(std::move(file)), description_(std::move(description)), name_(std::move(name)) {}

template <class T>
void ZarrWriter::add(Plane<const T> plane) {
  height_ = plane.height;
  width_ = plane.width;
  type_ = zarr_type<T>();
  const Axes axes = long_axes(description_);
  std::string folder;
  for (const Index at : begin_of_plane(axes, plane_)) folder += fmt::format("{}/", at);
  ++plane_;
  write_level("0/" + folder, plane);
  Picture<T> level;
  for (Index number = 1; number < levels(); ++number) {
    level = halved(number == 1 ? plane : Plane<const T>(std::as_const(level).plane()));
    write_level(fmt::format("{}/{}", number, folder), Plane<const T>(level.plane()));
  }
}

template <class T>
void ZarrWriter::write_level(const std::string& folder, Plane<const T> plane) const {
  const Index rows = std::min(kChunk, plane.height), columns = std::min(kChunk, plane.width);
  std::vector<T> chunk(static_cast<std::size_t>(rows * columns));
  const auto bytes = static_cast<uLong>(chunk.size() * sizeof(T));
  std::string packed(compressBound(bytes), '\0');
  for (Index y = 0; y < plane.height; y += rows) {
    for (Index x = 0; x < plane.width; x += columns) {
      std::fill(chunk.begin(), chunk.end(), T{0});
      for (Index v = 0; v < std::min(rows, plane.height - y); ++v) {
        std::copy_n(plane.row(y + v) + x, std::min(columns, plane.width - x),
                    chunk.begin() + v * columns);
      }
      auto size = static_cast<uLongf>(packed.size());
      if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                    reinterpret_cast<const Bytef*>(chunk.data()), bytes, 1) != Z_OK) {
        throw Error("zlib could not compress a chunk");
      }
      write_file(file_(fmt::format("{}{}/{}", folder, y / rows, x / columns)),
                 std::string_view(packed).substr(0, size));
    }
  }
}

Index ZarrWriter::levels() const {
  Index levels = 1;
  for (Index side = std::max(height_, width_); side > kChunk; side = (side + 1) / 2) ++levels;
  return levels;
}

Json ZarrWriter::axes() const {
  Json axes = Json::array();
  for (const char letter : long_axes(description_).letters) {
    axes.push_back(
        {{"name", letter == 'T' ? "t" : "z"}, {"type", letter == 'T' ? "time" : "space"}});
  }
  for (const char* name : {"y", "x"}) {
    axes.push_back({{"name", name}, {"type", "space"}});
    if (pixel_is_known()) axes.back()["unit"] = "micrometer";
  }
  return axes;
}

bool ZarrWriter::pixel_is_known() const {
  return description_.pixel_size_um[0] > 0 && description_.pixel_size_um[1] > 0;
}

Json ZarrWriter::level_transformations(Index level) const {
  const auto others = long_axes(description_).letters.size();
  Json scale(std::vector<double>(others, 1.0)), shift(std::vector<double>(others, 0.0));
  for (const double um : description_.pixel_size_um) {
    const double pixel = pixel_is_known() ? um : 1.0, times = std::exp2(level);
    scale.push_back(pixel * times);
    shift.push_back(pixel * (times - 1) / 2);
  }
  Json transformations = {{{"type", "scale"}, {"scale", scale}}};
  // A mean lies in the middle of its pixels; of labels that of the first is taken.
  if (level > 0 && !are_labels()) {
    transformations.push_back({{"type", "translation"}, {"translation", shift}});
  }
  return transformations;
}

void ZarrWriter::close() {
  Json datasets = Json::array();
  Index height = height_, width = width_;
  for (Index level = 0; level < levels(); ++level) {
    Json shape = long_axes(description_).sizes, chunks = Json::array();
    for (std::size_t i = 0; i < shape.size(); ++i) chunks.push_back(1);
    for (const Index side : {height, width}) {
      shape.push_back(side);
      chunks.push_back(std::min(kChunk, side));
    }
    const Json array = {{"zarr_format", 2},
                        {"shape", shape},
                        {"chunks", chunks},
                        {"dtype", type_},
                        {"compressor", {{"id", "zlib"}, {"level", 1}}},
                        {"fill_value", 0},
                        {"filters", nullptr},
                        {"order", "C"},
                        {"dimension_separator", "/"}};
    write_file(file_(fmt::format("{}/.zarray", level)), array.dump(2) + "\n");
    datasets.push_back({{"path", std::to_string(level)},
                        {"coordinateTransformations", level_transformations(level)}});
    height = (height + 1) / 2;
    width = (width + 1) / 2;
  }
  Json attributes = {
      {"multiscales",
       {{{"version", "0.4"}, {"name", name_}, {"axes", axes()}, {"datasets", datasets}}}},
      {"names", description_.plane_names}};
  if (are_labels()) attributes["image-label"] = {{"version", "0.4"}};
  write_file(file_(".zgroup"), Json({{"zarr_format", 2}}).dump(2) + "\n");
  write_file(file_(".zattrs"), attributes.dump(2) + "\n");
}

bool ZarrWriter::are_labels() const { return type_ != kFloat; }

template void ZarrWriter::add(Plane<const std::uint16_t>);
template void ZarrWriter::add(Plane<const std::uint32_t>);
template void ZarrWriter::add(Plane<const float>);

}  // namespace unetflow
