#include "ingest/label_values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <unordered_map>

#include "core/error.hpp"
#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

/// Floats tell all whole numbers up to here apart.
constexpr double kLargestInFloat = 1 << 24;

template <class T>
std::int64_t whole(T value, Index pixel, Index width, const std::string& place) {
  const auto number = static_cast<double>(value);
  constexpr double kLargest =
      std::is_floating_point_v<T> ? kLargestInFloat : static_cast<double>(0xFFFFFFFFu);
  if (std::abs(number) <= kLargest && number == std::floor(number)) {
    return static_cast<std::int64_t>(value);
  }
  const std::string how =
      std::isnan(number) ? "; give what is not annotated a value, and name it by labels.ignore"
      : std::abs(number) > kLargest ? fmt::format(
                                          " up to {:.0f}; other ids may be numbered anew, as by "
                                          "scikit-image's relabel_sequential",
                                          kLargest)
                                    : "; soft masks need a threshold (ingest's "
                                      "labels.threshold)";
  throw InputError(
      place, fmt::format("has the label {} at y = {}, x = {}, expected whole numbers{}", number,
                         pixel / width, pixel % width, how));
}

/// Throws InputError where two pixels of one value have different transparency: the label may be
/// either.
template <class T>
void check_alpha(const Picture<T>& picture, Index alpha, const Picture<std::int64_t>& values,
                 const std::string& place) {
  for (Index c = picture.channels - alpha; c < picture.channels; ++c) {
    const auto plane = picture.plane(c);
    std::unordered_map<std::int64_t, T> alpha_of;
    for (Index i = 0; i < plane.size(); ++i) {
      const auto value = values.values[static_cast<size_t>(i)];
      if (alpha_of.try_emplace(value, plane.data[i]).first->second == plane.data[i]) continue;
      throw InputError(place,
                       fmt::format("is transparent (alpha) in some pixels of one colour and not in "
                                   "others, first at y = {}, x = {}; expected labels without "
                                   "transparency, in which each value has one meaning",
                                   i / plane.width, i % plane.width));
    }
  }
}

template <class T>
WholeValues whole_values_of(const Picture<T>& picture, Index alpha, const std::string& place) {
  WholeValues out;
  const Index channels = picture.channels - alpha;
  if (channels != 1 && channels != 3) {
    throw InputError(place, fmt::format("has {} channels, expected one, or RGB", channels));
  }
  out.values = Picture<std::int64_t>(picture.height, picture.width);
  const auto size = static_cast<size_t>(picture.height * picture.width);
  const auto at = [&](size_t i, size_t channel) {
    return whole(picture.values[channel * size + i], static_cast<Index>(i), picture.width, place);
  };
  for (size_t i = 0; i < size && channels == 3 && !out.colours; ++i) {
    out.colours = at(i, 0) != at(i, 1) || at(i, 1) != at(i, 2);
  }
  for (size_t i = 0; i < size; ++i) {
    out.values.values[i] = at(i, 0);
    if (!out.colours) continue;
    for (size_t c = 0; c < 3; ++c) {
      if (at(i, c) < 0 || at(i, c) > 255) {
        throw InputError(place, fmt::format("has the value {} in a colour, expected 8-bit RGB, or "
                                            "labels with one channel",
                                            at(i, c)));
      }
    }
    if (at(i, 0) == at(i, 1) && at(i, 1) == at(i, 2)) continue;
    out.values.values[i] = kColour + (at(i, 0) << 16 | at(i, 1) << 8 | at(i, 2));
  }
  check_alpha(picture, alpha, out.values, place);
  return out;
}

}  // namespace

std::uint32_t WholeValues::id(std::int64_t value) const {
  constexpr std::int64_t kGray = 0x010101;
  if (value >= kColour) return static_cast<std::uint32_t>(value - kColour);
  return static_cast<std::uint32_t>(colours ? kGray * value : value);
}

std::string value_name(std::int64_t value, bool beside_colours) {
  if (value >= kColour) return fmt::format("#{:06x}", value - kColour);
  return beside_colours ? fmt::format("#{0:02x}{0:02x}{0:02x}", value) : std::to_string(value);
}

bool has_colours(const std::set<std::int64_t>& values) {
  return !values.empty() && *values.rbegin() >= kColour;
}

std::string value_names(const std::set<std::int64_t>& some) {
  constexpr size_t kMost = 8;
  std::string text;
  size_t count = 0;
  for (const auto value : some) {
    if (count++ == kMost) return text + ", ...";
    text += (text.empty() ? "" : ", ") + value_name(value, has_colours(some));
  }
  return text;
}

PicturePage as_shown(const PicturePage& page, const std::string& place) {
  const auto* indices = std::get_if<Picture<std::uint8_t>>(&page.values);
  if (page.palette.empty() || indices == nullptr || indices->channels != 1) return page;
  return {.values = apply_palette(*indices, page.palette, place), .bits = 8, .lossy = page.lossy};
}

WholeValues whole_values(const PicturePage& page, const std::string& place) {
  return std::visit(
      [&](const auto& picture) { return whole_values_of(picture, page.alpha, place); },
      page.values);
}

std::optional<std::int64_t> named_value(const Json& name) {
  if (name.is_number_integer()) return name.get<std::int64_t>();
  if (!name.is_string()) return {};
  const auto text = name.get<std::string>();
  const bool colour = text.size() == 7 && text[0] == '#';
  std::int64_t value = 0;
  const char* const begin = text.data() + (colour ? 1 : 0);
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value, colour ? 16 : 10);
  if (error != std::errc() || stop != end || (colour && *begin == '-')) return {};
  if (!colour) return value;
  const std::int64_t gray = value & 0xFF;
  return value == gray * 0x010101 ? gray : kColour + value;
}

}  // namespace unetflow
