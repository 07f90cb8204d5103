// The values of a label page as whole numbers. Private to this room.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/json.hpp"
#include "image/picture_format.hpp"

namespace unetflow {

/// Colours that are not gray are numbers from here on: kColour + 0xRRGGBB.
constexpr std::int64_t kColour = std::int64_t{1} << 32;

/// One number per pixel: its gray value, or its colour.
struct WholeValues {
  Picture<std::int64_t> values;
  bool colours = false;  ///< some are

  /// The value as a number of 32 bits; 0xRRGGBB where the page has colours.
  std::uint32_t id(std::int64_t value) const;
};

/// A value as configurations name it: "50" or "#ff0000"; beside colours grays are named so, too.
std::string value_name(std::int64_t value, bool beside_colours = false);
bool has_colours(const std::set<std::int64_t>& values);
/// The first ones of all, by name, and "..." where there are more.
std::string value_names(const std::set<std::int64_t>& some);

/// The page's values as its palette shows them. Throws InputError(place, ...) where that lacks one.
PicturePage as_shown(const PicturePage& page, const std::string& place);

/// Throws InputError(place, ...) where the values are not whole, do not fit, or only transparency
/// tells them apart.
WholeValues whole_values(const PicturePage& page, const std::string& place);

/// What a configuration names so; nothing where it is neither a number nor a colour. Grays are the
/// same by number and by colour.
std::optional<std::int64_t> named_value(const Json& name);

}  // namespace unetflow
