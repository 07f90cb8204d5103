// The order in which people number files: "2.png" before "10.png".
#pragma once

#include <string_view>

namespace unetflow {

/// Whether `a` comes before `b` when runs of digits compare as numbers and all else byte by byte.
/// Names that differ only in leading zeros come in plain order, so this is a strict weak ordering
/// in which only equal names are equivalent.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace unetflow
