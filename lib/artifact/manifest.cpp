#include "artifact/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>

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

namespace {

/// Whether it may be a path at all: some text without control characters, its parts not too long
/// for a file system.
bool is_plain(const std::string& path) {
  const auto control = [](unsigned char c) { return c < 32 || c == 127; };
  const fs::path parts(path);
  return !path.empty() && path.size() < 4096 && std::none_of(path.begin(), path.end(), control) &&
         parts.has_filename() && std::none_of(parts.begin(), parts.end(), [](const fs::path& part) {
           return part.native().size() > 255;
         });
}

}  // namespace

bool is_name_inside(const std::string& name) {
  const fs::path path(name);
  return is_plain(name) && path.is_relative() &&
         std::none_of(path.begin(), path.end(),
                      [](const fs::path& part) { return part == ".." || part == "."; });
}

namespace {

/// The manifest's schema with what a manifest of this kind says under `contents`.
const Json& schema_of(const std::string& kind) {
  static std::map<std::string, Json> schemas;
  if (const auto found = schemas.find(kind); found != schemas.end()) return found->second;
  Json rules = schema("manifest");
  if (rules["kinds"].contains(kind)) rules["properties"]["contents"] = rules["kinds"][kind];
  return schemas.emplace(kind, std::move(rules)).first->second;
}

void check_records(const Manifest& manifest) {
  const std::string place = manifest.path.string();
  for (const auto& record : manifest.files) {
    if (!is_name_inside(record.name)) {
      throw InputError(place + " at /files",
                       fmt::format("names the file {}, expected one inside the manifest's folder",
                                   Json(record.name).dump()));
    }
  }
  for (const auto& record : manifest.inputs) {
    // Another artifact may be in a folder beside this one's.
    if (fs::path(record.path).is_absolute() || !is_plain(record.path)) {
      throw InputError(place + " at /inputs",
                       fmt::format("names the manifest {}, expected a path relative to its own",
                                   Json(record.path).dump()));
    }
  }
}

void check_sizes(const Manifest& manifest) {
  for (const auto& record : manifest.files) {
    const fs::path file = manifest.path.parent_path() / record.name;
    std::error_code error;
    if (!fs::exists(file, error)) {
      throw InputError(file.string(),
                       fmt::format("is missing, though {} names it", manifest.path.string()));
    }
    if (!fs::is_regular_file(file, error)) {
      throw InputError(file.string(), "is not an ordinary file");
    }
    const auto bytes = fs::file_size(file, error);
    if (!error && bytes == record.bytes) continue;
    throw InputError(file.string(), fmt::format("has {} bytes, expected {} by its manifest {}",
                                                bytes, record.bytes, manifest.path.string()));
  }
}

const FileRecord& record_of(const Manifest& manifest, const std::string& name) {
  const auto found = std::find_if(manifest.files.begin(), manifest.files.end(),
                                  [&](const FileRecord& record) { return record.name == name; });
  if (found != manifest.files.end()) return *found;
  throw InputError(manifest.path.string() + " at /files",
                   fmt::format("does not name {}, expected it there", name));
}

void check_digest(const fs::path& file, const std::string& found, const std::string& expected) {
  if (found == expected) return;
  throw InputError(file.string(),
                   fmt::format("is damaged: its SHA-256 is {}, expected {}", found, expected));
}

/// Throws InputError before anything of a file is read that is too large for a manifest.
InputFile open_manifest(const fs::path& path) {
  InputFile file(path);
  if (file.stamp().size > static_cast<std::int64_t>(kLargestJson)) {
    throw InputError(path.string(), fmt::format("is larger than {} bytes", kLargestJson));
  }
  return file;
}

}  // namespace

Manifest read_manifest(const fs::path& path, std::string_view kind) {
  const InputFile::Content content = open_manifest(path).content();
  Json json = parse_json(content.bytes, path.string());
  const Json given = json.is_object() ? json.value("kind", Json()) : Json();
  json = checked_against(schema_of(given.is_string() ? given.get<std::string>() : ""), json,
                         path.string());
  Manifest m;
  m.path = path;
  m.sha256 = content.sha256;
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
  check_records(m);
  check_sizes(m);
  return m;
}

InputFile verified_file(const Manifest& manifest, const std::string& name) {
  InputFile file(manifest.path.parent_path() / name);
  check_digest(file.path(), file.sha256(), record_of(manifest, name).sha256);
  return file;
}

std::string verified_content(const Manifest& manifest, const std::string& name) {
  const InputFile file(manifest.path.parent_path() / name);
  InputFile::Content content = file.content();
  check_digest(file.path(), content.sha256, record_of(manifest, name).sha256);
  return std::move(content.bytes);
}

void verify_digests(const Manifest& manifest) {
  for (const auto& record : manifest.files) verified_file(manifest, record.name);
}

InputRecord input_record(const fs::path& input, const fs::path& manifest_path) {
  const fs::path base = fs::absolute(manifest_path).lexically_normal().parent_path();
  return {fs::absolute(input).lexically_normal().lexically_relative(base).generic_string(),
          open_manifest(input).sha256()};
}

}  // namespace unetflow
