#include "artifact/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "core/digest.hpp"
#include "core/error.hpp"

namespace unetflow {

void to_json(Json& json, const FileRecord& record) {
  json = {{"name", record.name}, {"bytes", record.bytes}, {"sha256", record.sha256}};
}
void from_json(const Json& json, FileRecord& record) {
  json.at("name").get_to(record.name);
  json.at("bytes").get_to(record.bytes);
  json.at("sha256").get_to(record.sha256);
}
void to_json(Json& json, const InputRecord& record) {
  json = {{"path", record.path}, {"sha256", record.sha256}};
}
void from_json(const Json& json, InputRecord& record) {
  json.at("path").get_to(record.path);
  json.at("sha256").get_to(record.sha256);
}

std::string ShardName::text() const { return fmt::format("{:05}-of-{:05}", index, count); }

std::optional<ShardName> ShardName::find(const fs::path& manifest) {
  static const std::regex form(R"((\d{5})-of-(\d{5})\.json)");
  std::smatch match;
  const std::string name = manifest.filename().string();
  if (!std::regex_match(name, match, form)) return {};
  const ShardName shard = {std::stoll(match[1]), std::stoll(match[2])};
  if (shard.index >= shard.count) return {};
  return shard;
}

ShardName ShardName::parse(const fs::path& manifest) {
  if (const auto shard = find(manifest)) return *shard;
  throw InputError(manifest.string(),
                   "is not the name of a shard, expected one like 00000-of-00004.json");
}

std::pair<std::int64_t, std::int64_t> ShardName::range(std::int64_t total) const {
  return {total * index / count, total * (index + 1) / count};
}

Json to_json(const Manifest& m) {
  return {{"format", "unetflow-artifact-1"},
          {"kind", m.kind},
          {"stage", m.stage},
          {"revision", m.revision},
          {"version", m.version},
          {"config", m.config},
          {"inputs", m.inputs},
          {"sources", m.sources},
          {"files", m.files},
          {"datasets", m.datasets},
          {"contents", m.contents}};
}

bool is_name_inside(const std::string& name) {
  const auto control = [](unsigned char c) { return c < 32 || c == 127; };
  if (name.empty() || name.size() > 4095 || std::any_of(name.begin(), name.end(), control)) {
    return false;
  }
  const fs::path path(name);
  return path.is_relative() && path.has_filename() &&
         std::none_of(path.begin(), path.end(),
                      [](const fs::path& part) { return part == ".." || part == "."; });
}

Manifest read_manifest(const fs::path& path, std::string_view kind) {
  const Json json = checked(load_json(path), "manifest", path.string());
  Manifest m;
  m.path = path;
  json.at("kind").get_to(m.kind);
  json.at("stage").get_to(m.stage);
  m.revision = json.value("revision", 0);
  json.at("version").get_to(m.version);
  m.config = json.at("config");
  json.at("inputs").get_to(m.inputs);
  json.at("sources").get_to(m.sources);
  json.at("files").get_to(m.files);
  m.datasets = json.at("datasets");
  m.contents = json.at("contents");
  if (!kind.empty() && m.kind != kind) {
    throw InputError(path.string(),
                     fmt::format("is an artifact of kind \"{}\", expected \"{}\"", m.kind, kind));
  }
  for (const auto& record : m.files) {
    if (!is_name_inside(record.name)) {
      throw InputError(path.string() + " at /files",
                       fmt::format("names the file {}, expected one inside the manifest's folder",
                                   Json(record.name).dump()));
    }
    const fs::path file = path.parent_path() / record.name;
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    if (error) {
      throw InputError(file.string(), fmt::format("is missing, though {} names it", path.string()));
    }
    if (bytes != record.bytes) {
      throw InputError(file.string(), fmt::format("has {} bytes, expected {} by its manifest {}",
                                                  bytes, record.bytes, path.string()));
    }
  }
  return m;
}

void verify_digests(const fs::path& manifest_path, const Manifest& manifest) {
  for (const auto& record : manifest.files) {
    const fs::path file = manifest_path.parent_path() / record.name;
    const std::string digest = sha256_of_file(file);
    if (digest != record.sha256) {
      throw InputError(file.string(), fmt::format("is damaged: its SHA-256 is {}, expected {}",
                                                  digest, record.sha256));
    }
  }
}

InputRecord input_record(const fs::path& input, const fs::path& manifest_path) {
  const fs::path base = fs::absolute(manifest_path).lexically_normal().parent_path();
  return {fs::absolute(input).lexically_normal().lexically_relative(base).generic_string(),
          sha256_of_file(input)};
}

}  // namespace unetflow
