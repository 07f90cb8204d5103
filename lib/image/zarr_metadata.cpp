#include "image/zarr_metadata.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <tuple>

#include "core/error.hpp"
#include "core/json.hpp"
#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

constexpr double kMostChunkBytes = 1 << 30;

/// A value below a document that should be there.
const Json& at(const Json& json, const char* pointer, const fs::path& file) {
  const Json::json_pointer key(pointer);
  if (!json.contains(key)) throw InputError(file.string(), fmt::format("has no {}", pointer));
  return json.at(key);
}

std::string text(const Json& json, const char* pointer, const std::string& otherwise = "") {
  const Json::json_pointer key(pointer);
  return json.contains(key) && json.at(key).is_string() ? json.at(key).get<std::string>()
                                                        : otherwise;
}

std::vector<Index> sizes(const Json& json, const char* pointer, const fs::path& file) {
  const Json& list = at(json, pointer, file);
  std::vector<Index> out;
  for (const auto& size : list) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() < 1 ||
        size.get<std::uint64_t>() > kMost) {
      throw InputError(file.string(),
                       fmt::format("has {} {}, expected numbers from 1 on", pointer, list.dump()));
    }
    out.push_back(size.get<Index>());
  }
  constexpr std::size_t kMostAxes = 8;
  if (out.size() < 2 || out.size() > kMostAxes) {
    throw InputError(file.string(), fmt::format("has {} {}, expected 2 to {} axes", pointer,
                                                list.dump(), kMostAxes));
  }
  return out;
}

[[noreturn]] void refuse(const fs::path& file, const std::string& what, const std::string& value) {
  throw InputError(file.string(),
                   fmt::format("has the {} {}, which is not supported", what, value));
}

/// "<u2", or "uint16" of Zarr 3.
void set_type(ZarrArray& array, const std::string& type, const fs::path& file) {
  static const std::map<std::string, std::pair<char, std::size_t>> types = {
      {"b1", {'u', 1}}, {"bool", {'u', 1}},    {"u1", {'u', 1}}, {"uint8", {'u', 1}},
      {"u2", {'u', 2}}, {"uint16", {'u', 2}},  {"u4", {'u', 4}}, {"uint32", {'u', 4}},
      {"u8", {'u', 8}}, {"uint64", {'u', 8}},  {"i1", {'i', 1}}, {"int8", {'i', 1}},
      {"i2", {'i', 2}}, {"int16", {'i', 2}},   {"i4", {'i', 4}}, {"int32", {'i', 4}},
      {"i8", {'i', 8}}, {"int64", {'i', 8}},   {"f2", {'f', 2}}, {"float16", {'f', 2}},
      {"f4", {'f', 4}}, {"float32", {'f', 4}}, {"f8", {'f', 8}}, {"float64", {'f', 8}}};
  const bool has_order = type.starts_with('<') || type.starts_with('>') || type.starts_with('|');
  const auto found = types.find(has_order ? type.substr(1) : type);
  if (found == types.end()) refuse(file, "type", type);
  std::tie(array.kind, array.bytes) = found->second;
  array.big_endian = type.starts_with('>');
}

void set_fill(ZarrArray& array, const Json& fill) {
  const int bits = 8 * static_cast<int>(array.bytes);
  if (array.kind == 'f') {
    const double value = fill.is_number()            ? fill.get<double>()
                         : fill == Json("NaN")       ? std::nan("")
                         : fill == Json("Infinity")  ? HUGE_VAL
                         : fill == Json("-Infinity") ? -HUGE_VAL
                                                     : 0;
    // Of a half, only zero is needed.
    array.fill = bits == 64   ? std::bit_cast<std::uint64_t>(value)
                 : bits == 32 ? std::bit_cast<std::uint32_t>(static_cast<float>(value))
                 : value == 0 ? 0
                              : 0x7E00;
    return;
  }
  if (fill.is_boolean()) array.fill = fill.get<bool>() ? 1 : 0;
  if (fill.is_number_integer()) array.fill = static_cast<std::uint64_t>(fill.get<std::int64_t>());
  if (bits < 64) array.fill &= (std::uint64_t{1} << bits) - 1;
}

std::string codec_of(const std::string& name, const fs::path& file) {
  if (name == "blosc" || name == "zstd") return name;
  if (name == "gzip" || name == "zlib") return "gzip";
  refuse(file, "compression", name + " (blosc, zstd, gzip and zlib are)");
}

void read_version_2(ZarrArray& array, const Json& json, const fs::path& file) {
  array.chunk = sizes(json, "/chunks", file);
  set_type(array, text(json, "/dtype"), file);
  set_fill(array, json.value("fill_value", Json()));
  array.fortran = text(json, "/order", "C") == "F";
  array.separator = text(json, "/dimension_separator", ".");
  const Json filters = json.value("filters", Json());
  if (!filters.is_null() && !(filters.is_array() && filters.empty())) {
    refuse(file, "filters", filters.dump());
  }
  if (!json.value("compressor", Json()).is_null()) {
    array.codec = codec_of(text(json, "/compressor/id"), file);
  }
}

void read_version_3(ZarrArray& array, const Json& json, const fs::path& file) {
  array.chunk = sizes(json, "/chunk_grid/configuration/chunk_shape", file);
  set_type(array, text(json, "/data_type"), file);
  set_fill(array, json.value("fill_value", Json()));
  const bool of_2 = text(json, "/chunk_key_encoding/name", "default") == "v2";
  array.prefix = std::string(of_2 ? "" : "c");
  array.separator = text(json, "/chunk_key_encoding/configuration/separator", of_2 ? "." : "/");
  for (const auto& codec : at(json, "/codecs", file)) {
    const std::string name = text(codec, "/name");
    if (name == "bytes") {
      array.big_endian = text(codec, "/configuration/endian") == "big";
    } else if (array.codec.empty()) {
      array.codec = codec_of(name, file);
    } else {
      refuse(file, "codec", name + " behind another");
    }
  }
}

/// The attributes of a group or an array; an object in any case.
Json attributes_of(const fs::path& folder) {
  Json attributes = Json::object();
  if (fs::exists(folder / ".zattrs")) attributes = load_json(folder / ".zattrs");
  if (fs::exists(folder / "zarr.json")) {
    attributes = load_json(folder / "zarr.json").value("attributes", Json::object());
    if (attributes.is_object() && attributes.contains("ome")) attributes = attributes.at("ome");
  }
  return attributes.is_object() ? attributes : Json::object();
}

/// The names of the axes in a list of names or of {"name": ...}.
std::vector<std::string> names_in(const Json& list) {
  std::vector<std::string> names;
  if (!list.is_array()) return names;
  for (const auto& axis : list) {
    names.push_back(axis.is_string() ? axis.get<std::string>() : text(axis, "/name"));
  }
  return names;
}

/// The first multiscale image of an OME-Zarr group; null where it is none.
Json multiscale(const Json& attributes) {
  const Json::json_pointer first("/multiscales/0");
  return attributes.contains(first) ? attributes.at(first) : Json();
}

/// Multiplies by the scale of the last two axes, from a list of coordinateTransformations. Throws
/// InputError(place, ...) where a scale is not a number for each axis.
void scale(const Json& holder, const Json& axes, const std::string& place,
           std::array<double, 2>& size) {
  const Json transformations =
      holder.is_object() ? holder.value("coordinateTransformations", Json()) : Json();
  if (!transformations.is_array()) return;
  for (const auto& step : transformations) {
    if (!step.is_object() || !step.contains("scale")) continue;
    const Json& by = step["scale"];
    const auto is_positive = [](const Json& factor) { return factor.is_number() && factor > 0; };
    if (!by.is_array() || by.size() != axes.size() ||
        !std::all_of(by.begin(), by.end(), is_positive)) {
      throw InputError(place, fmt::format("has the scale {} in its multiscales, expected a number "
                                          "above 0 for each of {} axes",
                                          by.dump(), axes.size()));
    }
    for (std::size_t i = 0; i < 2; ++i) size[i] *= by[by.size() - 2 + i].get<double>();
  }
}

void describe_multiscale(const Json& image, const std::string& path, const std::string& place,
                         FileDescription& out) {
  const Json axes = image.value("axes", Json());
  if (!axes.is_array() || axes.size() < 2) return;  // nothing says what the numbers are of
  std::array<double, 2> size = {1, 1};
  const Json datasets = image.value("datasets", Json::array());
  bool scaled = false;
  for (const auto& dataset : datasets) {
    if (text(dataset, "/path") != path) continue;
    scaled = dataset.contains("coordinateTransformations");
    scale(dataset, axes, place, size);
  }
  scale(image, axes, place, size);
  for (std::size_t i = 0; i < 2 && scaled; ++i) {
    const Json& axis = axes.at(axes.size() - 2 + i);
    out.pixel_size_um[i] = rounded_size(size[i] * micrometres(text(axis, "/unit")));
  }
}

bool is_array(const fs::path& folder) {
  if (fs::is_regular_file(folder / ".zarray")) return true;
  return fs::is_regular_file(folder / "zarr.json") &&
         text(load_json(folder / "zarr.json"), "/node_type") == "array";
}

/// The path of the array that `dataset` names below `folder`: itself, or the full resolution of an
/// image of OME-Zarr.
std::string path_of_array(const fs::path& folder, const std::string& dataset) {
  const auto check = [&](const std::string& path) {
    if (fs::path(path).is_absolute() || path.find("..") != std::string::npos) {
      throw InputError(folder.string(), fmt::format("has no array \"{}\" inside", path));
    }
    return path;
  };
  const fs::path named = check(dataset).empty() ? folder : folder / dataset;
  if (is_array(named)) return dataset;
  const std::string level = text(multiscale(attributes_of(named)), "/datasets/0/path");
  if (!level.empty()) return check((fs::path(dataset) / level).generic_string());
  if (!dataset.empty()) return dataset;
  throw InputError(folder.string(),
                   "is a Zarr group without an image of OME-Zarr, expected FOLDER:ARRAY to name "
                   "one of its arrays");
}

/// The multiscale image that an array is a level of, and what it calls that level; null where it is
/// none.
std::pair<Json, std::string> multiscale_of(const fs::path& folder, const std::string& path) {
  if (path.empty()) return {};
  const fs::path array = path;
  const Json image = multiscale(attributes_of(folder / array.parent_path()));
  if (image.is_object()) return {image, array.filename().string()};
  return {multiscale(attributes_of(folder)), path};
}

}  // namespace

std::string ZarrArray::key(const std::vector<Index>& at) const {
  const std::string numbers = fmt::format("{}", fmt::join(at, separator));
  return prefix.empty() ? numbers : prefix + separator + numbers;
}

bool is_zarr(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return false;
  for (const char* name : {".zarray", ".zgroup", "zarr.json"}) {
    if (fs::is_regular_file(folder / name, ignored)) return true;
  }
  return false;
}

ZarrArray read_zarr_metadata(const fs::path& folder, const std::string& dataset,
                             const std::string& axes) {
  ZarrArray array;
  const std::string path = path_of_array(folder, dataset);
  array.folder = path.empty() ? folder : folder / path;
  array.place = dataset_place(folder, path);
  if (!is_array(array.folder)) throw InputError(array.place, "is not a Zarr array");
  const auto [group, level] = multiscale_of(folder, path);
  const bool of_3 = !fs::exists(array.folder / ".zarray");
  const fs::path file = array.folder / (of_3 ? "zarr.json" : ".zarray");
  const Json json = load_json(file);
  if (!json.is_object()) throw InputError(file.string(), "is not a JSON object");
  const auto shape = sizes(json, "/shape", file);
  of_3 ? read_version_3(array, json, file) : read_version_2(array, json, file);
  if (array.separator != "." && array.separator != "/") refuse(file, "separator", array.separator);
  double bytes = static_cast<double>(array.bytes);
  for (const Index size : array.chunk) bytes *= static_cast<double>(size);
  if (array.chunk.size() != shape.size() || bytes > kMostChunkBytes) {
    throw InputError(file.string(),
                     fmt::format("has chunks of [{}] for the shape [{}]",
                                 fmt::join(array.chunk, ", "), fmt::join(shape, ", ")));
  }
  array.chunk_bytes = static_cast<std::size_t>(bytes);

  auto names = names_in(group.is_object() ? group.value("axes", Json()) : Json());
  if (names.empty() && group.is_object() && shape.size() == 5) names = {"t", "c", "z", "y", "x"};
  const Json own = attributes_of(array.folder);
  if (names.empty()) names = names_in(own.value("_ARRAY_DIMENSIONS", Json()));
  if (names.empty()) names = names_in(json.value("dimension_names", Json()));
  const auto [understood, unclear] = axes_of_array(shape, names, axes, array.place);
  array.axes = understood;
  array.description.unclear = unclear;
  if (unclear.empty()) array.description.images = images_of(understood.leading());
  if (group.is_object()) describe_multiscale(group, level, array.place, array.description);
  return array;
}

}  // namespace unetflow
