// Finding files by pattern.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace unetflow {

/// Files below `root` whose relative path matches `pattern`, with * ? and [] in any component as in
/// a shell; relative to `root`, in natural order; none when nothing matches. Throws InputError when
/// a folder cannot be read.
std::vector<std::filesystem::path> glob(const std::filesystem::path& root,
                                        const std::string& pattern);

}  // namespace unetflow
