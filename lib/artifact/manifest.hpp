// An artifact is one or more files and their manifest, a JSON file that appears last: if a
// manifest exists, its files are whole. Artifacts that are shards are called like
// 00002-of-00004.json, with 00002-of-00004.h5 beside it.
//
// A manifest holds no clock, host name or absolute path, so equal inputs, configuration and version
// give equal bytes. It names its inputs by path relative to its own folder and by the SHA-256 of
// their manifests, which name theirs: a result names all that it came from. What decides whether an
// artifact must be made again is in artifact/identity.hpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "artifact/input_file.hpp"
#include "core/config.hpp"
#include "core/error.hpp"

namespace unetflow {

namespace fs = std::filesystem;

/// Which part of a whole a shard is: "00002-of-00004" is {2, 4}.
struct ShardName {
  std::int64_t index = 0;
  std::int64_t count = 1;
  std::string text() const;
  /// From a manifest's path; nothing when its name is not of this form.
  static std::optional<ShardName> find(const fs::path& manifest);
  /// The same; throws InputError when its name is not of this form.
  static ShardName parse(const fs::path& manifest);
  /// [first, last) of `total` things when they are dealt out in order, evenly.
  std::pair<std::int64_t, std::int64_t> range(std::int64_t total) const;
};

struct FileRecord {
  std::string name;  ///< relative to the manifest's folder
  std::uint64_t bytes = 0;
  std::string sha256;
};

/// Another artifact that this one was made from, by its manifest; or a plain source file.
struct InputRecord {
  std::string path;  ///< relative to the manifest's folder (manifests) or to the source folder
  std::string sha256;
  bool operator==(const InputRecord&) const = default;
};

/// What a dataset of an HDF5 file holds; repeated there as attributes and dimension labels.
struct DatasetInfo {
  std::vector<std::string> axes;  ///< one name an axis: "sample", "channel", "y", "x"
  std::string unit;               ///< "1" for pure numbers, "px", "class"
  std::string meaning;
};

struct Manifest {
  fs::path path;       ///< where it was read from
  std::string sha256;  ///< of its text, when it was read
  std::string kind;    ///< images, tiles, augmented, weights, model, predictions, evaluation, ...
  std::string stage;
  int revision = 0;  ///< of the stage; 0: made before stages had revisions
  std::string version;
  Json config;                       ///< the whole configuration, defaults included
  std::vector<InputRecord> inputs;   ///< artifacts
  std::vector<InputRecord> sources;  ///< plain files from outside (pictures)
  std::vector<FileRecord> files;
  Json datasets;  ///< name -> {shape, dtype, axes, unit, meaning}; empty without HDF5
  Json contents;  ///< what a stage says about its content (picture names, sizes, subsets)

  /// What `contents` says under a key. Throws InputError when it says nothing, or something else.
  template <class T>
  T content(const char* key) const {
    try {
      return contents.at(key).get<T>();
    } catch (const Json::exception&) {
      throw InputError(path.string() + " at /contents/" + key,
                       "is missing, or not what a manifest of kind \"" + kind + "\" says there");
    }
  }
  /// The stage's configuration as the struct that a room reads, checked against its schema.
  template <class Config>
  Config typed_config() const {
    return checked(config, Config::kSchema, path.string() + " at /config").template get<Config>();
  }
  /// Of labels, background included.
  int classes() const { return contents.contains("classes") ? content<int>("classes") : 2; }
};

Json to_json(const Manifest& manifest);

/// Whether a manifest may name a file so: a relative path that stays inside the folder, without
/// control characters. Names out of a manifest that came from elsewhere are not trusted.
bool is_name_inside(const std::string& name);

/// Reads and validates a manifest. Throws InputError when it is missing, malformed, of another kind
/// than `kind` (unless empty), when its contents are not what a manifest of its kind says there
/// (schemas/manifest.schema.json), or when one of its files is missing, has another size, or is
/// named outside the manifest's folder. The files' digests are for those who read them to verify:
Manifest read_manifest(const fs::path& path, std::string_view kind = {});

/// The file `name` of an artifact, open, after its SHA-256 was compared with the manifest's. Throws
/// InputError when it differs, or when the manifest names no such file.
InputFile verified_file(const Manifest& manifest, const std::string& name);
/// All of that file at once: the very bytes that were compared.
std::string verified_content(const Manifest& manifest, const std::string& name);

/// Compares every file's SHA-256; throws InputError at the first that differs.
void verify_digests(const Manifest& manifest);

/// The record that names the artifact at `input` in an artifact at `manifest_path`. Throws
/// InputError when its manifest cannot be read or is too large for one.
InputRecord input_record(const fs::path& input, const fs::path& manifest_path);

}  // namespace unetflow
