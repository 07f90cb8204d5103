#include "image/axes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "core/error.hpp"
#include "core/words.hpp"

namespace unetflow {
namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& place) {
  throw InputError(
      place,
      fmt::format("is \"{}\", expected the letters of a file's axes, the slowest first: Y, X "
                  "and some of T, Z and C, each once, with its size behind it where that is "
                  "not clear, as in \"TCYX\" or \"TC2YX\"",
                  text));
}

/// The letters of axes with these names; nothing where one is not known.
std::optional<std::string> letters_of(const std::vector<std::string>& names) {
  // 'P' is any axis that counts images.
  static const std::map<std::string, char> letters = {
      {"t", 'T'}, {"time", 'T'},  {"frame", 'T'}, {"z", 'Z'}, {"depth", 'Z'},   {"slice", 'Z'},
      {"c", 'C'}, {"class", 'C'}, {"x", 'X'},     {"y", 'Y'}, {"channel", 'C'}, {"page", 'P'}};
  std::string out;
  for (const std::string& name : names) {
    const auto found = letters.find(lowered(name));
    if (found == letters.end() || out.find(found->second) != std::string::npos) return {};
    out += found->second;
  }
  if (out.find('Y') == std::string::npos || out.find('X') == std::string::npos) return {};
  return out;
}

constexpr Index kMostOfAxis = 1'000'000'000;

}  // namespace

Index Axes::size(char letter) const {
  const auto at = letters.find(letter);
  return at == std::string::npos ? 1 : sizes[at];
}

std::string Axes::text() const {
  std::string out;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    out += letters[i];
    if (sizes[i] != 0) out += std::to_string(sizes[i]);
  }
  return out;
}

Axes Axes::leading() const {
  Axes out;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (letters[i] == 'Y' || letters[i] == 'X') continue;
    out.letters += letters[i];
    out.sizes.push_back(sizes[i]);
  }
  return out;
}

Axes parse_axes(const std::string& text, const std::string& place) {
  Axes axes;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      if (axes.letters.empty() || (axes.sizes.back() == 0 && c == '0')) refuse(text, place);
      axes.sizes.back() = axes.sizes.back() * 10 + (c - '0');
      if (axes.sizes.back() > kMostOfAxis) refuse(text, place);
      continue;
    }
    if (std::string_view("TZCYX").find(c) == std::string_view::npos ||
        axes.letters.find(c) != std::string::npos) {
      refuse(text, place);
    }
    axes.letters += c;
    axes.sizes.push_back(0);
  }
  if (axes.letters.find('Y') == std::string::npos || axes.letters.find('X') == std::string::npos) {
    refuse(text, place);
  }
  return axes;
}

Axes fitted(const Axes& axes, const std::vector<Index>& shape, const std::string& place) {
  Axes out = axes;
  bool fits = shape.size() == axes.sizes.size();
  for (std::size_t i = 0; fits && i < shape.size(); ++i) {
    fits = axes.sizes[i] == 0 || axes.sizes[i] == shape[i];
    out.sizes[i] = shape[i];
  }
  if (!fits) {
    throw InputError(place, fmt::format("has the shape [{}], which the axes {} do not fit",
                                        fmt::join(shape, ", "), axes.text()));
  }
  return out;
}

Axes fitted_to_pages(const Axes& axes, Index pages, Index height, Index width,
                     const std::string& place) {
  const std::size_t count = axes.letters.size() - 2;
  std::vector<Index> shape(axes.sizes.begin(), axes.sizes.end() - 2);
  Index known = 1;
  for (const Index size : shape) known = size == 0 ? known : std::min(known * size, kMostOfAxis);
  const auto open = std::count(shape.begin(), shape.end(), 0);
  if (open > 1) {
    std::string example;
    for (std::size_t i = 0; i < count; ++i) {
      example += axes.letters[i];
      if (i > 0) example += "2";
    }
    throw InputError(
        place,
        fmt::format("has {} pages, whose axes {} are of unknown sizes; expected "
                    "sizes behind all letters but one, as in \"{}{}\"",
                    pages, axes.letters.substr(0, count), example, axes.letters.substr(count)));
  }
  if (open == 1 && pages % known == 0)
    std::replace(shape.begin(), shape.end(), Index{0}, pages / known);
  const Index all = std::accumulate(shape.begin(), shape.end(), Index{1},
                                    [](Index a, Index b) { return std::min(a * b, kMostOfAxis); });
  if (all != pages) {
    throw InputError(place, fmt::format("has {}, which the axes {} do not fit",
                                        counted(pages, "page"), axes.text()));
  }
  shape.push_back(height);
  shape.push_back(width);
  return fitted(axes, shape, place);
}

ArrayAxes axes_of_array(const std::vector<Index>& shape, const std::vector<std::string>& names,
                        const std::string& stated, const std::string& place) {
  if (!stated.empty()) return {fitted(parse_axes(stated, place), shape, place)};
  const auto letters = letters_of(names);
  if (letters && letters->size() == shape.size()) return {{*letters, shape}};
  const std::string nameless = fmt::format("{:Q>{}}", "YX", shape.size());
  if (letters) {
    return {{nameless, shape},
            fmt::format("has the shape [{}], and axes called {}", fmt::join(shape, ", "),
                        fmt::join(names, ", "))};
  }
  const bool one_channel = shape.size() == 3 && shape[2] == 1 && std::min(shape[0], shape[1]) > 4;
  const bool channels_last =
      one_channel || (shape.size() == 3 && is_like_channels(shape[0], shape[1], shape[2]));
  if (shape.size() <= 3 && !channels_last) return {{nameless, shape}};
  return {
      {nameless, shape},
      fmt::format("has the shape [{}] and does not say what its axes are", fmt::join(shape, ", "))};
}

bool is_like_channels(Index first, Index second, Index last) {
  constexpr Index kFew = 4, kMost = 8;
  return last > 1 && last <= kMost && std::min(first, second) > (last <= kFew ? kFew : 2 * last);
}

std::vector<Index> begin_of_plane(const Axes& axes, Index plane) {
  std::vector<Index> begin(axes.sizes.size(), 0);
  for (std::size_t i = begin.size(); i-- > 0;) {
    if (axes.letters[i] == 'Y' || axes.letters[i] == 'X') continue;
    begin[i] = plane % axes.sizes[i];
    plane /= axes.sizes[i];
  }
  return begin;
}

std::vector<FileImage> images_of(const Axes& planes) {
  const std::size_t axes = planes.letters.size();
  const Index channels = planes.size('C');
  Index count = 1;
  for (const Index size : planes.sizes) count *= size;
  std::vector<FileImage> images(static_cast<std::size_t>(count / std::max<Index>(channels, 1)));
  for (Index plane = 0; plane < count; ++plane) {
    Index rest = plane, image = 0, step = 1, channel = 0, t = -1, z = -1;
    for (std::size_t i = axes; i-- > 0;) {
      const Index at = rest % planes.sizes[i];
      rest /= planes.sizes[i];
      if (planes.letters[i] == 'C') {
        channel = at;
        continue;
      }
      if (planes.letters[i] == 'T') t = at;
      if (planes.letters[i] == 'Z') z = at;
      image += at * step;
      step *= planes.sizes[i];
    }
    auto& [of_image, image_t, image_z] = images[static_cast<std::size_t>(image)];
    of_image.resize(static_cast<std::size_t>(channels));
    of_image[static_cast<std::size_t>(channel)] = plane;
    image_t = t;
    image_z = z;
  }
  return images;
}

std::vector<FileImage> image_per_plane(Index planes) {
  std::vector<FileImage> images;
  for (Index plane = 0; plane < planes; ++plane) images.push_back({{plane}});
  return images;
}

}  // namespace unetflow
