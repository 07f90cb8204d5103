// Artifacts are written under temporary names beside their final ones (NAME.partial), synced,
// renamed, and only then does the manifest appear, by rename. A run that fails or is killed leaves
// nothing under a final name, and what an earlier run left there is untouched until the new files
// are whole. The temporary name is fixed, so that the next run overwrites what a killed one left.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "artifact/manifest.hpp"

namespace unetflow {

/// Waits until a file's, or a folder's, content is on the disk. Throws Error naming it.
void sync_to_disk(const fs::path& path);

/// Writes `text` so that the file is either the old one or the whole new one.
void write_file_atomically(const fs::path& file, std::string_view text);

/// Writes an artifact of ordinary files (model, evaluation, report, pictures).
class ArtifactWriter {
 public:
  /// `manifest_path` is the artifact's final name; its folder is created.
  explicit ArtifactWriter(fs::path manifest_path);
  /// Removes temporary files unless committed.
  ~ArtifactWriter();
  ArtifactWriter(const ArtifactWriter&) = delete;
  ArtifactWriter& operator=(const ArtifactWriter&) = delete;

  const fs::path& manifest_path() const { return manifest_path_; }
  /// Where to write the file that will be called `name` (may contain folders) beside the manifest.
  fs::path file(const std::string& name);
  /// Writes a file of the artifact at once.
  void write(const std::string& name, std::string_view content);
  /// Syncs, digests and renames the files, then writes the manifest. Fills in `manifest.files` and
  /// `manifest.version`. Removes what the last artifact of this name had and this one has not, and
  /// shards of the same kind that belong to another number of shards.
  void commit(Manifest manifest);

 private:
  fs::path temporary(const std::string& name) const;
  fs::path manifest_path_;
  std::vector<std::string> names_;
};

}  // namespace unetflow
