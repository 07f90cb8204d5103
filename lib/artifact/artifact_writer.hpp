// Artifacts are written into a hidden folder beside their manifest (.STEM.partial-...), which no
// other process uses, synced, and renamed to their final places, the manifest last. A run that
// fails leaves nothing under a final name, and what an earlier run left there is untouched until
// the new files are whole. What a killed run left is removed by the next
// (artifact/artifact_lock.hpp).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "artifact/atomic_file.hpp"
#include "artifact/manifest.hpp"

namespace unetflow {

/// Writes an artifact of ordinary files (model, evaluation, report, pictures).
class ArtifactWriter {
 public:
  /// `manifest_path` is the artifact's final name; its folder is created.
  explicit ArtifactWriter(fs::path manifest_path);
  /// Removes the temporary folder.
  ~ArtifactWriter();
  ArtifactWriter(const ArtifactWriter&) = delete;
  ArtifactWriter& operator=(const ArtifactWriter&) = delete;

  const fs::path& manifest_path() const { return manifest_path_; }
  /// Where to write the file that will be called `name` (may contain folders) beside the manifest.
  /// final_name() gives its name for messages. Throws InputError for a name that leads elsewhere.
  fs::path file(const std::string& name);
  /// Writes a file of the artifact at once.
  void write(const std::string& name, std::string_view content);
  /// A file of the artifact with the content of another.
  void copy(const std::string& name, const fs::path& source);
  /// A file that appears with the artifact and is not a part of it: no digest, not in the manifest.
  /// `content` is asked for when all else is written.
  void beside(std::string name, std::function<std::string()> content);
  /// Syncs, digests and renames the files, then writes the manifest. Fills in `manifest.files` and
  /// `manifest.version`. Removes what the last artifact of this name had and this one has not, and
  /// shards of the same kind that belong to another number of shards. If this throws, nothing of
  /// the artifact is under a final name.
  void commit(Manifest manifest);

 private:
  fs::path final(const std::string& name) const { return folder_of(manifest_path_) / name; }
  fs::path temporary(const std::string& name) const { return folder_ / name; }
  void write_synced(const std::string& name, std::string_view content) const;
  FileRecord finish(const std::string& name) const;
  void put_in_place() const;
  void withdraw() const;

  fs::path manifest_path_, folder_;
  std::vector<std::string> names_;
  std::vector<std::pair<std::string, std::function<std::string()>>> beside_;
};

}  // namespace unetflow
