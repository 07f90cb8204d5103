// Image files that are not read here, and what makes of them one that is.
#pragma once

#include <string>
#include <string_view>

namespace unetflow {

/// "is a file of Zeiss (CZI), ...; expected ..." by a file's first 16 bytes, or its ending (lower
/// case, with the dot) where those are not known; empty for what is not known either.
std::string what_to_convert(std::string_view head, const std::string& ending);

}  // namespace unetflow
