// The values of a label page as whole numbers. Private to this room.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/json.hpp"
#include "image/picture_format.hpp"

namespace unetflow {

/// One number per pixel; of RGB pages that are not gray it is 0xRRGGBB.
struct WholeValues {
  Picture<std::int64_t> values;
  bool colours = false;

  /// A value as configurations name it: "50" or "#ff0000".
  std::string name(std::int64_t value) const;
  /// The first ones of all, by name, and "..." where there are more.
  std::string names(const std::set<std::int64_t>& some) const;
};

/// Throws InputError(place, ...) where the values are not whole, do not fit, or only transparency
/// tells them apart.
WholeValues whole_values(const PicturePage& page, const std::string& place);

/// What a configuration names so; nothing where it is neither a number nor a colour.
std::optional<std::int64_t> named_value(const Json& name);

}  // namespace unetflow
