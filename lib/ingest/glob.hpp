// Finding files by pattern.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace unetflow {

struct Matches {
  std::vector<std::filesystem::path> files, folders;
};

/// What is below `root` and has a relative path that matches `pattern`, with * ? and [] in any
/// component as in a shell; relative to `root`, in natural order; none when nothing matches. Throws
/// InputError when a folder cannot be read.
Matches glob(const std::filesystem::path& root, const std::string& pattern);

/// The files that `pattern` leaves out only because a letter is a capital or not, or because one
/// kind of file has two endings: "A.TIF" and "a.tiff" beside "*.tif".
std::vector<std::filesystem::path> nearly_matching(const std::filesystem::path& root,
                                                   const std::string& pattern);

/// The error where `pattern` matches nothing: that, and what may have been meant.
std::string no_match(const std::filesystem::path& root, const std::string& pattern);

}  // namespace unetflow
