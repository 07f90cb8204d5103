#include "plan/given_files.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "core/error.hpp"
#include "ingest/glob.hpp"
#include "ingest/picture_folder.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;

/// The folder of a file, folder or pattern before its first part that is not a folder; of a folder
/// that above it, so that the folder itself remains as a pattern.
fs::path folder_before(const fs::path& given) {
  fs::path folder;
  for (auto part = given.begin(); part != given.end(); ++part) {
    if (std::next(part) == given.end() || !fs::is_directory(folder / *part)) break;
    folder /= *part;
  }
  return folder;
}

fs::path common_part(const fs::path& a, const fs::path& b) {
  fs::path both;
  const auto [end, unused] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  for (auto part = a.begin(); part != end; ++part) both /= *part;
  return both;
}

/// As it was given, without "." and a slash at its end.
fs::path tidied(const std::string& given) {
  const fs::path path = fs::path(given).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

/// The pattern below `root` that has files.
std::string with_files(const fs::path& root, const fs::path& given, const std::string& option) {
  const PictureFolder folder(root);
  const std::string pattern = given.lexically_relative(root.empty() ? "." : root).generic_string();
  for (const char* below : {"", "/*", "/*/*"}) {
    if (std::string(below) == "/*" && fs::is_directory(given)) continue;  // has no image files
    if (folder.matches(pattern + below)) return pattern + below;
  }
  throw InputError(option + " " + given.string(), fs::is_directory(given)
                                                      ? "has no image files, expected some"
                                                      : no_match(root, pattern));
}

}  // namespace

void check_given(const GivenFiles& given, const std::string& kind) {
  if (!given.pairs.empty()) {
    if (!(given.images + given.labels + given.mask).empty()) {
      throw InputError(
          "--pairs", "is a list of all files, expected no --images, --labels or --mask beside it");
    }
  } else if (given.images.empty()) {
    throw InputError("--images", "is missing, expected files or a folder");
  } else if (given.labels.empty()) {
    throw InputError("--labels",
                     "is missing, expected files or a folder: what is not labelled "
                     "cannot be learned from");
  }
  const std::array kinds = {"", "binary", "classes", "instances", "objects"};
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    throw InputError("--kind", "is " + kind + ", expected binary, classes, instances or objects");
  }
}

FoundFiles find_files(const GivenFiles& given) {
  if (!given.pairs.empty()) {
    const fs::path list = given.pairs;
    const fs::path folder = list.parent_path();
    return {folder.empty() ? "." : folder, {"", "", "", list.filename().string()}};
  }
  std::vector<fs::path> paths;
  for (const auto& one : {given.images, given.labels, given.mask}) {
    if (!one.empty()) paths.push_back(tidied(one));
  }
  const auto root_of = [&] {
    fs::path root = folder_before(paths.front());
    for (const auto& path : paths) root = common_part(root, folder_before(path));
    return root;
  };
  FoundFiles found{root_of(), {}};
  const bool outside = std::any_of(paths.begin(), paths.end(), [&](const fs::path& path) {
    return *path.begin() == ".." || path.is_absolute();
  });
  if (found.root.empty() && outside) {
    for (auto& path : paths) path = fs::absolute(path).lexically_normal();
    found.root = root_of();
  }
  size_t next = 0;
  const auto pattern_of = [&](const std::string& one, const char* option) {
    return one.empty() ? one : with_files(found.root, paths[next++], option);
  };
  found.patterns.images = pattern_of(given.images, "--images");
  found.patterns.labels = pattern_of(given.labels, "--labels");
  found.patterns.mask = pattern_of(given.mask, "--mask");
  if (found.root.empty()) found.root = ".";
  return found;
}

}  // namespace unetflow
