#include "artifact/artifact_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/version.hpp"

namespace unetflow {
namespace {

fs::path partial(const fs::path& file) { return fs::path(file) += ".partial"; }

void write_file(const fs::path& file, std::string_view text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  stream.close();
  if (!stream) throw Error(file.string() + ": cannot be written: " + strerror(errno));
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw InputError(folder.string(), "cannot be created: " + error.message());
}

void write_partial(const fs::path& file, std::string_view text) {
  write_file(partial(file), text);
  sync_to_disk(partial(file));
}

void rename_partial(const fs::path& file) {
  fs::rename(partial(file), file);
  sync_to_disk(folder_of(file));
}

/// Lets one process at a time change a folder's final names, where the file system can lock.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ >= 0) flock(descriptor_, LOCK_EX);
  }
  ~FolderLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

/// Removes the files that a manifest names, except those in `kept`. Only names inside its folder
/// are believed; a manifest that cannot be understood names nothing.
void remove_files_of(const fs::path& manifest, const std::vector<std::string>& kept) {
  std::ifstream stream(manifest);
  const Json json = Json::parse(stream, nullptr, false);
  const Json files = json.is_object() ? json.value("files", Json()) : Json();
  for (const auto& file : files) {
    if (!file.is_object() || !file.contains("name") || !file["name"].is_string()) continue;
    const auto name = file["name"].get<std::string>();
    const bool stays = std::find(kept.begin(), kept.end(), name) != kept.end();
    std::error_code ignored;
    if (!stays && is_name_inside(name)) fs::remove(manifest.parent_path() / name, ignored);
  }
}

/// Removes shards of the same kind beside this one that belong to another number of shards.
void remove_other_shards(const fs::path& manifest, const std::string& kind,
                         const std::vector<std::string>& kept) {
  const auto own = ShardName::find(manifest);
  if (!own) return;
  std::vector<fs::path> others;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_of(manifest), ignored)) {
    const auto shard = ShardName::find(entry.path());
    if (!shard || shard->count == own->count) continue;
    std::ifstream stream(entry.path());
    const Json json = Json::parse(stream, nullptr, false);
    if (json.is_object() && json.value("kind", Json()) == kind) others.push_back(entry.path());
  }
  for (auto& other : others) {
    remove_files_of(other, kept);
    fs::remove(other, ignored);
    for (const char* beside : {".log", ".digests"}) {
      fs::remove(other.replace_extension(beside), ignored);
    }
  }
}

}  // namespace

void sync_to_disk(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int cause = errno;
  if (descriptor >= 0) close(descriptor);
  if (!synced) throw Error(fmt::format("{}: cannot be synced: {}", path.string(), strerror(cause)));
}

void write_file_atomically(const fs::path& file, std::string_view text) {
  write_partial(file, text);
  rename_partial(file);
}

ArtifactWriter::ArtifactWriter(fs::path manifest_path) : manifest_path_(std::move(manifest_path)) {
  if (manifest_path_.extension() != ".json") {
    throw InputError(manifest_path_.string(),
                     "is not the name of a manifest, expected one ending in .json");
  }
  make_folder(folder_of(manifest_path_));
}

ArtifactWriter::~ArtifactWriter() {
  std::error_code ignored;
  for (const auto& name : names_) fs::remove(temporary(name), ignored);
  fs::remove(partial(manifest_path_), ignored);
}

fs::path ArtifactWriter::temporary(const std::string& name) const {
  return partial(folder_of(manifest_path_) / name);
}

fs::path ArtifactWriter::file(const std::string& name) {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  make_folder(temporary(name).parent_path());
  return temporary(name);
}

void ArtifactWriter::write(const std::string& name, std::string_view content) {
  write_file(file(name), content);
}

void ArtifactWriter::commit(Manifest manifest) {
  std::sort(names_.begin(), names_.end());
  manifest.version = kVersion;
  manifest.files.clear();
  for (const auto& name : names_) {
    sync_to_disk(temporary(name));
    manifest.files.push_back(
        {name, fs::file_size(temporary(name)), sha256_of_file(temporary(name))});
  }
  write_partial(manifest_path_, to_json(manifest).dump(2) + "\n");
  // All is written. What the last artifact leaves behind goes while a manifest still names it, so
  // that a run killed here leaves nothing that nobody knows of.
  const FolderLock lock(folder_of(manifest_path_));
  remove_other_shards(manifest_path_, manifest.kind, names_);
  remove_files_of(manifest_path_, names_);
  // Only renames are left. From here on the old manifest would name files that are not its own.
  fs::remove(manifest_path_);
  for (const auto& name : names_) {
    rename_partial(folder_of(manifest_path_) / name);
  }
  names_.clear();
  rename_partial(manifest_path_);
}

}  // namespace unetflow
