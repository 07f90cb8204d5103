#include "artifact/artifact_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
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
                     "is no manifest's name, expected one ending in .json");
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
  // All is written, only renames are left. From here on the old manifest would name files that are
  // no longer its own.
  fs::remove(manifest_path_);
  for (const auto& name : names_) {
    rename_partial(folder_of(manifest_path_) / name);
  }
  names_.clear();
  rename_partial(manifest_path_);
}

}  // namespace unetflow
