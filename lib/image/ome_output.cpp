#include "image/ome_output.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "core/error.hpp"
#include "core/json.hpp"
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

template <class T>
constexpr const char* zarr_type() {
  return std::is_same_v<T, float> ? "<f4" : sizeof(T) == 2 ? "<u2" : "<u4";
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
  std::string folder = "0/";
  for (const Index at : begin_of_plane(axes, plane_++)) folder += fmt::format("{}/", at);
  const Index rows = std::min(kChunk, height_), columns = std::min(kChunk, width_);
  std::vector<T> chunk(static_cast<std::size_t>(rows * columns));
  const auto bytes = static_cast<uLong>(chunk.size() * sizeof(T));
  std::string packed(compressBound(bytes), '\0');
  for (Index y = 0; y < height_; y += rows) {
    for (Index x = 0; x < width_; x += columns) {
      std::fill(chunk.begin(), chunk.end(), T{0});
      for (Index v = 0; v < std::min(rows, height_ - y); ++v) {
        std::copy_n(plane.row(y + v) + x, std::min(columns, width_ - x),
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

void ZarrWriter::close() {
  const Axes axes = long_axes(description_);
  Json shape = axes.sizes, chunks = Json::array(), scale = Json::array(), names = Json::array();
  for (const char letter : axes.letters) {
    chunks.push_back(1);
    scale.push_back(1.0);
    names.push_back(
        {{"name", letter == 'T' ? "t" : "z"}, {"type", letter == 'T' ? "time" : "space"}});
  }
  const auto& pixel = description_.pixel_size_um;
  const bool known = pixel[0] > 0 && pixel[1] > 0;
  for (const auto& [name, size, um] :
       {std::tuple("y", height_, pixel[0]), std::tuple("x", width_, pixel[1])}) {
    shape.push_back(size);
    chunks.push_back(std::min(kChunk, size));
    scale.push_back(known ? um : 1.0);
    names.push_back({{"name", name}, {"type", "space"}});
    if (known) names.back()["unit"] = "micrometer";
  }
  const Json transform = {{"type", "scale"}, {"scale", scale}};
  const Json attributes = {
      {"multiscales",
       {{{"version", "0.4"},
         {"name", name_},
         {"axes", names},
         {"datasets", {{{"path", "0"}, {"coordinateTransformations", {transform}}}}}}}},
      {"names", description_.plane_names}};
  const Json array = {{"zarr_format", 2},
                      {"shape", shape},
                      {"chunks", chunks},
                      {"dtype", type_},
                      {"compressor", {{"id", "zlib"}, {"level", 1}}},
                      {"fill_value", 0},
                      {"filters", nullptr},
                      {"order", "C"},
                      {"dimension_separator", "/"}};
  write_file(file_(".zgroup"), Json({{"zarr_format", 2}}).dump(2) + "\n");
  write_file(file_(".zattrs"), attributes.dump(2) + "\n");
  write_file(file_("0/.zarray"), array.dump(2) + "\n");
}

template void ZarrWriter::add(Plane<const std::uint16_t>);
template void ZarrWriter::add(Plane<const std::uint32_t>);
template void ZarrWriter::add(Plane<const float>);

}  // namespace unetflow
