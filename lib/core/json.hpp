// JSON from outside. Everything that is read as JSON is read here, so that all of it follows the
// same rules: UTF-8, at most 64 levels deep (users of a document may recurse), no key twice in one
// object (of two values one would be dropped in silence), no U+0000 (it would end a file's name).
// Comments are allowed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace unetflow {

using Json = nlohmann::json;  // keys in alphabetical order: equal content, equal bytes

/// Throws InputError, `PLACE:LINE:COLUMN: what is wrong`.
Json parse_json(std::string_view text, const std::string& place);

/// The same, but nothing when `text` breaks a rule: for what can be done without.
std::optional<Json> json_if_valid(std::string_view text);

constexpr std::uint64_t kLargestJson = std::uint64_t{256} << 20;  ///< bytes

/// Parses a regular file of at most kLargestJson bytes. Throws InputError.
Json load_json(const std::filesystem::path& file);

/// The same, but nothing when the file is missing or breaks a rule.
std::optional<Json> load_json_if_valid(const std::filesystem::path& file);

}  // namespace unetflow
