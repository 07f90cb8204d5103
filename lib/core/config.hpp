// Typed configurations. A stage's configuration is a struct beside the algorithm it sets, with the
// defaults; schemas/<stage>.schema.json says the same to people and is what a file is checked
// against (a test holds the two together). Nothing else reads configuration files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/json.hpp"

namespace unetflow {

/// The schema with this name ("tile" for schemas/tile.schema.json), compiled into the program.
const Json& schema(std::string_view name);

/// `document` checked against a schema, with the schema's defaults filled in at every level. Throws
/// InputError("place/pointer", what is wrong and what was expected).
Json checked(const Json& document, std::string_view schema_name, const std::string& place);

/// The same against the schema `rules`. Two keys are this project's own: a property's "formerly" is
/// its old name (or a list of them), for the error `"old" was renamed to "new"`; "retired" beside
/// "properties" maps a key that is gone to what became of it: {"holdout": "belongs to split.json"}.
Json checked_against(const Json& rules, const Json& document, const std::string& place);

/// A configuration file as a struct with `static constexpr const char* kSchema` and nlohmann
/// conversions.
template <class Config>
Config load_config(const std::filesystem::path& file) {
  return checked(load_json(file), Config::kSchema, file.string()).template get<Config>();
}

/// Changes a document as --set says, "POINTER=VALUE" with a JSON value. Throws InputError("--set
/// POINTER", ...) where it says something else, or where nothing can be set.
void apply_setting(Json& document, const std::string& setting);

/// The schema as text for --help: one line for each key, with type, range, default and description.
std::string describe_schema(std::string_view name);

}  // namespace unetflow
