// Base64 (RFC 4648): bytes as text, for data inside a page.
#pragma once

#include <string>
#include <string_view>

namespace unetflow {

std::string base64(std::string_view bytes);

}  // namespace unetflow
