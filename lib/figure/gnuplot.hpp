// The one place that starts gnuplot.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace unetflow {

/// A folder of its own under the system's temporary one, removed with the object.
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
};

/// Runs a gnuplot script inside `folder`, without the settings of the user. Throws Error with
/// gnuplot's message when it is not installed or fails.
void run_gnuplot(const ScratchFolder& folder, std::string_view script);

/// `text` as a gnuplot string, which is taken literally.
std::string gnuplot_string(std::string_view text);

}  // namespace unetflow
