#include "ingest/glob.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.hpp"
#include "core/words.hpp"
#include "ingest/natural_sort.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;

/// In small letters, with the short one of an ending's two spellings.
std::string spelled_alike(std::string name) {
  name = lowered(std::move(name));
  if (name.ends_with(".tiff")) name.pop_back();
  if (name.ends_with(".jpeg")) name.erase(name.size() - 2, 1);
  return name;
}

}  // namespace

Matches glob(const std::filesystem::path& root, const std::string& pattern) {
  const std::string prefix = (root / "").string();
  std::string escaped;  // the root is a name, not a pattern
  for (const char c : prefix) {
    if (std::strchr("*?[]\\", c) != nullptr) escaped += '\\';
    escaped += c;
  }
  struct Found : glob_t {
    Found() : glob_t{} {}
    ~Found() { globfree(this); }
  } found;
  const auto fails = [](const char*, int error) { return error == ENOENT ? 0 : 1; };
  const int status = ::glob((escaped + pattern).c_str(), GLOB_NOSORT | GLOB_MARK, fails, &found);
  if (status != 0 && status != GLOB_NOMATCH) {
    throw InputError(prefix + pattern, "a folder on the way cannot be read");
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < found.gl_pathc; ++i) {
    names.emplace_back(std::string(found.gl_pathv[i]).substr(prefix.size()));
  }
  std::sort(names.begin(), names.end(), natural_less);
  Matches matches;
  for (auto& name : names) {
    const bool is_folder = name.ends_with('/');  // the mark
    if (is_folder) name.pop_back();
    (is_folder ? matches.folders : matches.files).emplace_back(std::move(name));
  }
  return matches;
}

std::vector<fs::path> nearly_matching(const fs::path& root, const std::string& pattern) {
  const fs::path folder = fs::path(pattern).parent_path();
  const std::string wanted = spelled_alike(fs::path(pattern).filename().string());
  const auto matching = glob(root, pattern).files;
  std::vector<fs::path> nearly;
  for (const auto& file : glob(root, (folder / "*").string()).files) {
    const std::string name = spelled_alike(file.filename().string());
    if (fnmatch(wanted.c_str(), name.c_str(), FNM_PERIOD) == 0 &&
        std::find(matching.begin(), matching.end(), file) == matching.end()) {
      nearly.push_back(file);
    }
  }
  return nearly;
}

std::string no_match(const fs::path& root, const std::string& pattern) {
  std::string text = "matches no file, expected at least one";
  if (pattern.find("**") != std::string::npos) {
    return text + "; ** is * here: one folder is matched by */";
  }
  if (pattern.find('{') != std::string::npos) {
    return text + "; {a,b} is a name here, not a choice: one source for each";
  }
  const auto nearly = nearly_matching(root, pattern);
  if (nearly.empty()) return text;
  return fmt::format("{}; {} is spelled otherwise", text, nearly.front().string());
}

}  // namespace unetflow
