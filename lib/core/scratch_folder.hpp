// A place for what other programs read and write.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace unetflow {

/// A folder of its own under the system's temporary one (TMPDIR), removed with the object. Those
/// that killed processes of this user left are removed by the next one: a living process holds a
/// lock on its folder, which ends with the process.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, std::string_view content) const;
  /// Throws Error when the file is missing.
  std::string read(const std::string& name) const;

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace unetflow
