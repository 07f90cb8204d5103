#include "artifact/published.hpp"

#include <fmt/format.h>

#include "core/digest.hpp"

namespace unetflow {
namespace {

/// What a model says of how it was computed.
Json computed(const Manifest& manifest) {
  Json found = Json::object();
  for (const char* key : {"device", "precision", "convolution", "instructions"}) {
    if (manifest.contents.contains(key)) found[key] = manifest.contents[key];
  }
  return found;
}

std::string shown(const Json& computation) {
  std::string text;
  for (const auto& [key, value] : computation.items()) {
    text +=
        (text.empty() ? "" : ", ") + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text.empty() ? "nothing of the kind" : text;
}

}  // namespace

std::string content_digest(const Manifest& manifest) {
  Json content = to_json(manifest);
  content.erase("version");
  content.erase("inputs");
  return sha256(content.dump());
}

Json published_record(const Manifest& manifest) {
  return {{"stage", manifest.stage},
          {"revision", manifest.revision},
          {"configuration", sha256(manifest.config.dump())},
          {"computed", computed(manifest)},
          {"sha256", content_digest(manifest)}};
}

std::optional<std::string> difference_from_published(const Json& record, const Manifest& manifest) {
  const Json own = published_record(manifest);
  if (own == record) return {};
  for (const auto& [key, unused] : own.items()) {
    if (!record.is_object() || !record.contains(key)) return "was not published";
  }
  if (own["stage"] != record["stage"]) {
    return fmt::format("is made by stage {}, and was by {}", manifest.stage,
                       record["stage"].dump());
  }
  if (own["revision"] != record["revision"]) {
    return fmt::format(
        "is made by revision {} of stage {}, and was by revision {}, whose bytes are meant to "
        "differ",
        manifest.revision, manifest.stage, record["revision"].dump());
  }
  if (own["configuration"] != record["configuration"]) return "has another configuration";
  if (own["computed"] != record["computed"]) {
    return fmt::format("was computed with {}, and the other with {}", shown(own["computed"]),
                       shown(record["computed"]));
  }
  return "has other bytes by the same revision and configuration: the source files are others, a "
         "library is of another version (LibTorch, HDF5, zlib, gnuplot), the processor has no "
         "fused "
         "multiply-add, or this is a fault";
}

std::string published_name(const Manifest& manifest) {
  const fs::path path = fs::absolute(manifest.path).lexically_normal();
  return (path.parent_path().filename() / path.stem()).string();
}

}  // namespace unetflow
