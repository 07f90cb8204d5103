#include "artifact/artifact_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/output_file.hpp"
#include "core/read_file.hpp"
#include "core/version.hpp"

namespace unetflow {
namespace {

/// Lets one process at a time change a folder's final names, where the file system can lock. Others
/// may lock a folder too, and for long (`flock FOLDER make ...`): who waits for that goes on.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    constexpr int kTries = 500;
    for (int i = 0; i < kTries && descriptor_ >= 0; ++i) {
      if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
      if (errno != EWOULDBLOCK && errno != EINTR) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  ~FolderLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

/// Removes a file of an earlier artifact, unless it is gone, or is a folder by now.
void remove_old(const fs::path& file) {
  if (unlink(file.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR || errno == EISDIR) return;
  throw Error(fmt::format("{}: is of the artifact before and cannot be removed: {}", file.string(),
                          strerror(errno)));
}

/// The manifest of an earlier run; null where there is none, or none that can be understood. Throws
/// Error where the system does not say.
Json earlier_manifest(const fs::path& manifest) {
  std::error_code failed;
  const auto type = fs::status(manifest, failed).type();
  if (type == fs::file_type::none) {
    throw Error(fmt::format("{}: cannot be read: {}", manifest.string(), failed.message()));
  }
  if (type != fs::file_type::regular) return {};
  try {
    return json_if_valid(read_file(manifest, kLargestJson)).value_or(Json());
  } catch (const InputError& error) {
    throw Error(error.what());
  }
}

/// Removes the files that a manifest names, except those in `kept`. Only names inside its folder
/// are believed; a manifest that cannot be understood names nothing.
void remove_files_of(const fs::path& manifest, const std::vector<std::string>& kept) {
  const Json json = earlier_manifest(manifest);
  const Json files = json.is_object() ? json.value("files", Json()) : Json();
  for (const auto& file : files) {
    if (!file.is_object() || !file.contains("name") || !file["name"].is_string()) continue;
    const auto name = file["name"].get<std::string>();
    const bool stays = std::find(kept.begin(), kept.end(), name) != kept.end();
    if (!stays && is_name_inside(name)) remove_old(manifest.parent_path() / name);
  }
}

/// Removes shards of the same kind beside this one that belong to another number of shards.
void remove_other_shards(const fs::path& manifest, const std::string& kind,
                         const std::vector<std::string>& kept) {
  const auto own = ShardName::find(manifest);
  if (!own) return;
  std::vector<fs::path> others;
  std::error_code failed;
  fs::directory_iterator entry(folder_of(manifest), failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    const auto shard = ShardName::find(entry->path());
    if (!shard || shard->count == own->count) continue;
    const Json json = earlier_manifest(entry->path());
    if (json.is_object() && json.value("kind", Json()) == kind) others.push_back(entry->path());
  }
  if (failed) {
    throw Error(
        fmt::format("{}: cannot be listed: {}", folder_of(manifest).string(), failed.message()));
  }
  for (auto& other : others) {
    remove_files_of(other, kept);
    remove_old(other);
    for (const char* beside : {".log", ".digests"}) remove_old(other.replace_extension(beside));
  }
}

/// A folder of this process's own beside the manifest.
fs::path make_temporary_folder(const fs::path& manifest) {
  constexpr int kTries = 1000;
  for (int i = 0; i < kTries; ++i) {
    fs::path folder = temporary_name(manifest);
    if (mkdir(folder.c_str(), 0777) == 0) return folder;
    if (errno != EEXIST) break;
  }
  throw Error(fmt::format("{}: cannot be written: {}", manifest.string(), strerror(errno)));
}

std::string text_of(const Manifest& manifest, const fs::path& path) {
  try {
    return to_json(manifest).dump(2) + "\n";
  } catch (const Json::exception&) {
    throw InputError(path.string(), "cannot be written: it would hold text that is not UTF-8");
  }
}

}  // namespace

ArtifactWriter::ArtifactWriter(fs::path manifest_path) : manifest_path_(std::move(manifest_path)) {
  if (manifest_path_.extension() != ".json") {
    throw InputError(manifest_path_.string(),
                     "is not the name of a manifest, expected one ending in .json");
  }
  make_folder(folder_of(manifest_path_));
  folder_ = make_temporary_folder(manifest_path_);
}

ArtifactWriter::~ArtifactWriter() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

fs::path ArtifactWriter::file(const std::string& name) {
  if (!is_name_inside(name)) {
    throw InputError(manifest_path_.string(),
                     fmt::format("would name the file {}, expected one inside its folder",
                                 Json(name).dump(-1, ' ', true, Json::error_handler_t::replace)));
  }
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  make_folder(temporary(name).parent_path());
  return temporary(name);
}

void ArtifactWriter::write(const std::string& name, std::string_view content) {
  OutputFile output(file(name));
  output.write(content);
  output.close();
}

void ArtifactWriter::copy(const std::string& name, const fs::path& source) {
  copy_content(source, file(name), final(name).string());
}

void ArtifactWriter::beside(std::string name, std::function<std::string()> content) {
  beside_.emplace_back(std::move(name), std::move(content));
}

void ArtifactWriter::write_synced(const std::string& name, std::string_view content) const {
  OutputFile output(temporary(name));
  output.write(content);
  output.close();
  sync_to_disk(temporary(name), final(name).string());
}

FileRecord ArtifactWriter::finish(const std::string& name) const {
  sync_to_disk(temporary(name), final(name).string());
  try {
    return {name, fs::file_size(temporary(name)), sha256_of_file(temporary(name))};
  } catch (const std::exception&) {
    throw Error(final(name).string() + ": cannot be read back");
  }
}

void ArtifactWriter::commit(Manifest manifest) {
  std::sort(names_.begin(), names_.end());
  manifest.version = kVersion;
  manifest.files.clear();
  for (const auto& name : names_) manifest.files.push_back(finish(name));
  const std::string text = text_of(manifest, manifest_path_);
  for (const auto& [name, content] : beside_) write_synced(name, content());
  write_synced(manifest_path_.filename().string(), text);
  const FolderLock lock(folder_of(manifest_path_));
  // What the last artifact leaves behind goes while a manifest still names it, so that a run that
  // ends here leaves nothing that nobody knows of.
  remove_other_shards(manifest_path_, manifest.kind, names_);
  remove_files_of(manifest_path_, names_);
  try {
    put_in_place();
  } catch (...) {
    withdraw();
    throw;
  }
}

void ArtifactWriter::put_in_place() const {
  // Only renames are left. From here on the old manifest would name files that are not its own.
  remove_old(manifest_path_);
  std::set<fs::path> folders = {folder_of(manifest_path_)};
  const auto put = [&](const std::string& name) {
    make_folder(final(name).parent_path());
    rename_into_place(temporary(name), final(name));
    for (fs::path folder = fs::path(name).parent_path(); !folder.empty();
         folder = folder.parent_path()) {
      folders.insert(folder_of(manifest_path_) / folder);
    }
  };
  for (const auto& name : names_) put(name);
  for (const auto& [name, content] : beside_) put(name);
  for (const auto& folder : folders) sync_to_disk(folder);
  put(manifest_path_.filename().string());
  sync_to_disk(folder_of(manifest_path_));
}

void ArtifactWriter::withdraw() const {
  std::error_code ignored;
  fs::remove(manifest_path_, ignored);
  const auto take_away = [&](const std::string& name) {
    fs::remove(final(name), ignored);
    for (fs::path folder = fs::path(name).parent_path();
         !folder.empty() && fs::remove(final(folder), ignored);) {  // while it is empty
      folder = folder.parent_path();
    }
  };
  for (const auto& name : names_) take_away(name);
  for (const auto& [name, content] : beside_) take_away(name);
}

}  // namespace unetflow
