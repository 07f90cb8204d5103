// Who is writing an artifact. .STEM.lock beside its manifest holds the name of the host, the number
// of the process, when that process began (numbers are used again) and since when it has the lock.
//
// Where the file system can lock (flock), that lock decides, and ends with its process; the file
// only says who has it. Where it cannot (some NFS and Lustre), the file's existence decides. A lock
// that a killed process of this host left is taken over; whether one of another host is still alive
// cannot be known.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace unetflow {

class ArtifactLock {
 public:
  /// Takes the lock of the artifact that has this manifest, or will have it; makes its folder, and
  /// removes what stopped runs left of it. Throws Error, which names the process, when another one
  /// has the lock.
  explicit ArtifactLock(const std::filesystem::path& manifest);
  /// The same, but nothing when another process has it.
  static std::unique_ptr<ArtifactLock> if_free(const std::filesystem::path& manifest);
  ~ArtifactLock();
  ArtifactLock(const ArtifactLock&) = delete;
  ArtifactLock& operator=(const ArtifactLock&) = delete;

 private:
  struct Nothing {};
  ArtifactLock(const std::filesystem::path& manifest, Nothing);
  bool take();
  bool hold(int descriptor, bool certain);

  std::filesystem::path manifest_, file_;
  std::string holder_;  ///< who has it instead
  int descriptor_ = -1;
};

/// Whether a stopped run, or one at work, has left anything of an artifact: temporary files, a
/// lock.
bool has_leftovers(const std::filesystem::path& manifest);

}  // namespace unetflow
