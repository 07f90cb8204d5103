// Artifacts whose files were changed by a test, with manifests that say so: what digests alone
// would find is out of the way.
#pragma once

#include <filesystem>
#include <fstream>

#include "core/config.hpp"
#include "core/digest.hpp"

namespace unetflow {

/// Writes sizes and digests of the files as they are now into the manifest, after `change` has
/// changed the manifest itself.
template <class Change>
void make_consistent(const std::filesystem::path& manifest, Change change) {
  Json json = load_json(manifest);
  change(json);
  for (auto& record : json["files"]) {
    const auto file = manifest.parent_path() / record.at("name").get<std::string>();
    record["bytes"] = std::filesystem::file_size(file);
    record["sha256"] = sha256_of_file(file);
  }
  std::ofstream(manifest) << json.dump(2);
}

inline void make_consistent(const std::filesystem::path& manifest) {
  make_consistent(manifest, [](Json&) {});
}

}  // namespace unetflow
