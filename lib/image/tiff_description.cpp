#include "image/tiff_description.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "core/json.hpp"
#include "core/utf8.hpp"
#include "core/words.hpp"

namespace unetflow {
namespace {

constexpr Index kMostPlanes = 100'000'000;

const std::string& first_description(const TiffTags& tags) {
  static const std::string none;
  const auto first = tags.descriptions.find(0);
  return first == tags.descriptions.end() ? none : first->second;
}

/// 0 where a page has more than any could.
Index values_of_page(const TiffTags& tags) {
  const double values = static_cast<double>(tags.height) * static_cast<double>(tags.width) *
                        static_cast<double>(tags.samples);
  return values <= 1e15 ? static_cast<Index>(values) : 0;
}

// ---- UTF-16, in which ImageJ keeps labels

std::u16string utf16(std::string_view text) {
  std::u16string out;
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    const char32_t code = character.length == 0 ? U'?' : character.code;
    if (code >= 0x10000) {
      out += static_cast<char16_t>(0xD7C0 + (code >> 10));
      out += static_cast<char16_t>(0xDC00 + (code & 0x3FF));
    } else {
      out += static_cast<char16_t>(code);
    }
    text.remove_prefix(std::max<std::size_t>(1, character.length));
  }
  return out;
}

/// Question marks stand for control characters and for what is not well-formed.
std::string utf8(std::u16string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t code = text[i];
    if (code >= 0xD800 && code < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 &&
        text[i + 1] < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (text[++i] - 0xDC00);
    } else if (code < 0x20 || code == 0x7F || (code >= 0xD800 && code < 0xE000)) {
      code = U'?';
    }
    const auto rest = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3F)); };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += {static_cast<char>(0xC0 | code >> 6), rest(0)};
    } else if (code < 0x10000) {
      out += {static_cast<char>(0xE0 | code >> 12), rest(6), rest(0)};
    } else {
      out += {static_cast<char>(0xF0 | code >> 18), rest(12), rest(6), rest(0)};
    }
  }
  return out;
}

// ---- ImageJ: lines of key=value

bool is_imagej(const std::string& text) { return text.starts_with("ImageJ="); }

std::map<std::string, std::string> imagej_values(const std::string& text) {
  std::map<std::string, std::string> values;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    const auto equals = line.find('=');
    if (equals != std::string::npos)
      values.emplace(line.substr(0, equals), line.substr(equals + 1));
    begin = end + 1;
  }
  return values;
}

/// The number behind a key, 1 where it is missing; 0 where it is not one that counts something.
Index count_of(const std::map<std::string, std::string>& values, const std::string& key) {
  const auto found = values.find(key);
  if (found == values.end()) return 1;
  const double value = std::strtod(found->second.c_str(), nullptr);
  return value >= 1 && value <= kMostPlanes ? static_cast<Index>(value) : 0;
}

void describe_imagej(const TiffTags& tags, FileDescription& out) {
  const auto values = imagej_values(first_description(tags));
  // ImageJ's order: channels are the fastest, then slices.
  const Axes planes = {
      "TZC",
      {count_of(values, "frames"), count_of(values, "slices"), count_of(values, "channels")}};
  const Index said = count_of(values, "images");
  const bool is_said = values.contains("images");
  if (is_said && said != tags.pages) {
    out.unclear = fmt::format("has {}, but its ImageJ metadata say images={}",
                              counted(tags.pages, "page"), values.at("images"));
    return;
  }
  const double all = static_cast<double>(planes.sizes[0]) * static_cast<double>(planes.sizes[1]) *
                     static_cast<double>(planes.sizes[2]);
  if (all == 1) {  // not a hyperstack
    out.images = image_per_plane(tags.pages);
  } else if (all == static_cast<double>(tags.pages)) {
    out.images = images_of(planes);
  } else {
    out.unclear = fmt::format(
        "has {} pages, but its ImageJ metadata say {} frames, {} slices and {} channels",
        tags.pages, planes.sizes[0], planes.sizes[1], planes.sizes[2]);
  }
}

/// By the unit that ImageJ's metadata name, or nothing where they name none.
std::optional<std::array<double, 2>> imagej_pixel_size(const TiffTags& tags) {
  if (!is_imagej(first_description(tags))) return std::nullopt;
  const auto values = imagej_values(first_description(tags));
  if (!values.contains("unit")) return std::nullopt;
  const std::string unit = values.at("unit");
  const auto y_unit = values.find("yunit");
  const std::array<std::string, 2> units = {y_unit == values.end() ? unit : y_unit->second, unit};
  std::array<double, 2> size{};
  for (std::size_t i = 0; i < 2; ++i) {
    if (tags.resolution[i] > 0) size[i] = rounded_size(micrometres(units[i]) / tags.resolution[i]);
  }
  return size;
}

// ---- tifffile: {"shape": [...]}, and "axes" where it was told them

struct ShapedArray {
  std::vector<Index> shape;
  std::string axes;
  bool truncated = false;

  Index size() const {
    double product = 1;
    for (const Index size : shape) product *= static_cast<double>(size);
    return product <= 1e15 ? static_cast<Index>(product) : 0;
  }
};

std::optional<ShapedArray> shaped_array(const std::string& text) {
  if (!text.starts_with('{')) return std::nullopt;
  const auto json = json_if_valid(text);
  if (!json || !json->is_object() || !json->contains("shape")) return std::nullopt;
  ShapedArray array;
  const Json& shape = json->at("shape");
  if (!shape.is_array()) return std::nullopt;
  for (const auto& size : shape) {
    if (!size.is_number_unsigned()) return std::nullopt;
    const auto value = size.get<std::uint64_t>();
    if (value < 1 || value > kMostPlanes) return std::nullopt;
    array.shape.push_back(static_cast<Index>(value));
  }
  if (json->contains("axes") && json->at("axes").is_string()) array.axes = json->at("axes");
  array.truncated = json->value("truncated", Json(false)) == Json(true);
  return array;
}

/// The axes of an array that precede those of its pages. 'Q' is an axis without a name.
Axes leading_axes(const ShapedArray& array, Index pages) {
  Axes axes;
  for (std::size_t i = 0; i < array.shape.size() && pages > 1; ++i) {
    char letter = i < array.axes.size() ? array.axes[i] : 'Q';
    if (letter == 'S' && array.axes.find('C') == std::string::npos) letter = 'C';
    axes.letters += letter;
    axes.sizes.push_back(array.shape[i]);
    if (pages % array.shape[i] != 0) return {"Q", {pages}};
    pages /= array.shape[i];
  }
  return axes;
}

/// The images of the array whose pages begin at `first`, behind those before it. Pages that could
/// be colours of one image, `samples_apart`, need a name.
void add_array(const ShapedArray& array, Index first, Index pages, bool samples_apart,
               FileDescription& out) {
  const Axes axes = leading_axes(array, pages);
  const auto named = [](char letter) { return letter != 'Q'; };
  const auto many =
      std::count_if(axes.sizes.begin(), axes.sizes.end(), [](Index size) { return size > 1; });
  const bool all_named = std::all_of(axes.letters.begin(), axes.letters.end(), named);
  if (!all_named && (many > 1 || samples_apart)) {
    out.unclear =
        fmt::format("holds an array of the shape [{}] that does not say what its axes are",
                    fmt::join(array.shape, ", "));
    return;
  }
  for (auto& image : images_of(axes)) {
    for (auto& plane : image.planes) plane += first;
    out.images.push_back(std::move(image));
  }
}

/// An array whose pages of so many samples are not Y and X, because Y or X counts pages.
bool is_turned(const ShapedArray& array, Index samples) {
  const auto y = array.axes.find('Y'), x = array.axes.find('X');
  if (samples > 1 && array.axes.ends_with("YXC") && array.shape.back() == samples) return false;
  return array.axes.size() == array.shape.size() && y != std::string::npos &&
         x != std::string::npos && array.shape.size() > 2 &&
         std::min(y, x) + 2 < array.shape.size() && array.axes.back() != 'S';
}

void describe_arrays(const TiffTags& tags, FileDescription& out) {
  const Index page = values_of_page(tags);
  Index at = 0;
  while (at < tags.pages && out.unclear.empty()) {
    const auto described = tags.descriptions.find(at);
    const auto array =
        described == tags.descriptions.end() ? std::nullopt : shaped_array(described->second);
    const Index pages = array && page > 0 && array->size() % page == 0 ? array->size() / page : 0;
    if (!array || pages < 1 || pages > tags.pages - at) {
      out.images.push_back({{at++}});
      continue;
    }
    if (is_turned(*array, tags.samples)) {
      out.axes = {array->axes, array->shape};
      if (pages != tags.pages || tags.samples != 1) out.unclear = "holds several arrays";
      return;
    }
    if (pages == tags.pages && tags.samples == 1) out.shape = array->shape;
    add_array(*array, at, pages, tags.samples_apart && tags.samples == 1, out);
    at += pages;
  }
}

// ---- any TIFF

/// A short dimension at the end is that of channels: an array (Y, X, 2) whose pages are X and C.
bool looks_turned(const TiffTags& tags) {
  return tags.samples == 1 && is_like_channels(tags.pages, tags.height, tags.width);
}

/// By the resolution tags. Screens, printers and those who write for them are coarser than 10 um
/// (2540 pixels per inch): that is not a resolution of the microscope's.
std::array<double, 2> tagged_pixel_size(const TiffTags& tags) {
  constexpr double kCoarsest = 10;
  const double unit = tags.resolution_unit == 2 ? 25400 : tags.resolution_unit == 3 ? 1e4 : 0;
  std::array<double, 2> size{};
  for (std::size_t i = 0; i < 2; ++i) {
    if (tags.resolution[i] > 0) size[i] = rounded_size(unit / tags.resolution[i]);
    if (size[i] > kCoarsest) size[i] = 0;
  }
  return size;
}

}  // namespace

bool is_of_imagej(const TiffTags& tags) { return is_imagej(first_description(tags)); }

bool samples_are_pages(const TiffTags& tags) {
  const auto array = shaped_array(first_description(tags));
  if (!tags.samples_apart || tags.samples == 1 || !array || array->shape.size() < 3) return false;
  const std::size_t of_samples = array->shape.size() - 3;
  if (array->shape[of_samples] != tags.samples) return false;
  if (array->axes.size() != array->shape.size()) return tags.rgb && array->shape.size() == 3;
  return array->axes.ends_with("YX") && array->axes[of_samples] != 'C' &&
         array->axes[of_samples] != 'S';
}

bool samples_are_channels(const TiffTags& tags) {
  const auto array = shaped_array(first_description(tags));
  if (!array || array->axes.size() != array->shape.size()) return false;
  const auto at = array->axes.find('C');
  return at != std::string::npos && array->shape[at] == tags.samples;
}

Index planes_of_one_page(const TiffTags& tags) {
  const std::string& text = first_description(tags);
  if (tags.pages != 1) return 1;
  if (tags.metamorph_planes > 1) return tags.metamorph_planes;
  if (is_imagej(text)) return std::max<Index>(1, count_of(imagej_values(text), "images"));
  const auto array = shaped_array(text);
  const Index page = values_of_page(tags);
  if (!array || !array->truncated || page == 0) return 1;
  return std::max<Index>(1, array->size() / page);
}

FileDescription describe_tiff(const TiffTags& tags) {
  const std::string& text = first_description(tags);
  if (text.find("<OME") != std::string::npos) return describe_ome(text, tags);
  FileDescription out;
  if (is_imagej(text)) {
    describe_imagej(tags, out);
  } else {
    describe_arrays(tags, out);
    if (out.axes.letters.empty() && looks_turned(tags)) {
      out.unclear = fmt::format(
          "has {} pages that are {} wide, as if channels were the last axis of one array",
          tags.pages, tags.width);
    } else if (tags.smaller_copy > 0) {
      out.unclear = fmt::format(
          "has page {} in the shape of page 0 at a fraction of its size, as levels of a pyramid "
          "have",
          tags.smaller_copy);
    }
  }
  if (tags.metamorph_planes > 1 && tags.metamorph_planes != tags.pages) {
    out.unclear = fmt::format("has {}, but MetaMorph's metadata say {} planes",
                              counted(tags.pages, "page"), tags.metamorph_planes);
  }
  const auto size = imagej_pixel_size(tags);
  out.pixel_size_um = size ? *size : tagged_pixel_size(tags);
  if (tags.labels.size() == static_cast<std::size_t>(tags.pages)) out.plane_names = tags.labels;
  for (const auto& [page, name] : tags.page_names) {
    out.plane_names.resize(static_cast<std::size_t>(tags.pages));
    if (page < tags.pages && is_utf8(name)) out.plane_names[static_cast<std::size_t>(page)] = name;
  }
  return out;
}

std::vector<std::string> imagej_labels(const std::vector<std::uint32_t>& counts,
                                       const std::string& bytes, bool big_endian) {
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto byte = static_cast<std::uint8_t>(bytes[at + (big_endian ? i : 3 - i)]);
      value = value << 8 | byte;
    }
    return value;
  };
  constexpr std::uint32_t kMagic = 0x494a494a, kLabels = 0x6c61626c;  // "IJIJ", "labl"
  if (counts.empty() || counts[0] < 12 || counts[0] > bytes.size() || number(0) != kMagic)
    return {};
  std::size_t block = 1, at = counts[0];
  for (std::size_t entry = 4; entry + 8 <= counts[0]; entry += 8) {
    const std::uint32_t type = number(entry), count = number(entry + 4);
    std::vector<std::string> labels;
    for (std::uint32_t i = 0; i < count; ++i, ++block) {
      if (block >= counts.size() || counts[block] > bytes.size() - at) return {};
      std::u16string text;
      for (std::size_t c = 0; c + 2 <= counts[block] && type == kLabels; c += 2) {
        const auto first = static_cast<std::uint8_t>(bytes[at + c]);
        const auto second = static_cast<std::uint8_t>(bytes[at + c + 1]);
        text += static_cast<char16_t>(big_endian ? first << 8 | second : second << 8 | first);
      }
      at += counts[block];
      labels.push_back(utf8(text));
    }
    if (type == kLabels) return labels;
  }
  return {};
}

std::string imagej_description(const FileDescription& description) {
  Index images = 1;
  for (const Index size : description.axes.sizes) images *= size;
  std::string text = fmt::format("ImageJ=1.11a\nimages={}\n", images);
  const std::pair<char, const char*> kAxes[] = {
      {'C', "channels"}, {'Z', "slices"}, {'T', "frames"}};
  Index many = 0;
  for (const auto& [letter, name] : kAxes) {
    const Index size = description.axes.size(letter);
    if (size > 1) text += fmt::format("{}={}\n", name, size);
    many += size > 1;
  }
  if (many > 1) text += "hyperstack=true\n";
  text += "mode=grayscale\n";
  if (description.pixel_size_um[1] > 0) text += "unit=um\n";
  return text + "loop=false\n";
}

ImageJLabels labels_for_imagej(const std::vector<std::string>& labels) {
  const auto count = static_cast<std::uint32_t>(labels.size());
  ImageJLabels out;
  out.counts = {12};
  out.bytes = "JIJIlbal";
  for (int i = 0; i < 4; ++i) out.bytes += static_cast<char>(count >> (8 * i));
  for (const auto& label : labels) {
    const std::u16string text = utf16(label);
    out.counts.push_back(static_cast<std::uint32_t>(2 * text.size()));
    for (const char16_t unit : text) {
      out.bytes += static_cast<char>(unit & 0xFF);
      out.bytes += static_cast<char>(unit >> 8);
    }
  }
  return out;
}

}  // namespace unetflow
